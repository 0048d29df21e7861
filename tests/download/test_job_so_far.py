"""What a job remembers of itself over a sign-in."""

from __future__ import annotations

from onedrive.download.outcome import JobSoFar, Part, Tally

PART = Part(Tally(fetched_bytes=5), 2.0)


def test_an_interrupted_job_is_remembered_once() -> None:
    job = JobSoFar()
    job.keep(PART)

    assert job.take() is PART
    assert job.take() is None


def test_a_job_that_is_given_up_is_forgotten() -> None:
    job = JobSoFar()
    job.keep(PART)
    job.forget()

    assert job.take() is None
