from __future__ import annotations

import pytest

from onedrive.graph.item import MALWARE_REASON, CannotDeliver, Kind
from onedrive.home.verification import BAD, ItemClass
from onedrive.listing import reasons as listing_reasons
from onedrive.report.help import HELP, MEANING, NEEDS_THE_PERSON, Topic, topic_of
from tests.report.verified import verified


@pytest.mark.parametrize(
    ("reason", "topic"),
    [
        (listing_reasons.VAULT, Topic.VAULT),
        (listing_reasons.NOTEBOOK, Topic.NOTEBOOK),
        (listing_reasons.NOTEBOOK_UNREADABLE, Topic.NOTEBOOK),
        (CannotDeliver(Kind.PACKAGE).sentence, Topic.NOTEBOOK),
        (listing_reasons.SHORTCUT, Topic.SHORTCUT),
        (listing_reasons.SHORTCUT_BROKEN, Topic.SHORTCUT),
        (CannotDeliver(Kind.SHORTCUT).sentence, Topic.SHORTCUT),
        (MALWARE_REASON, Topic.MALWARE),
        ("not listed: OneDrive does not allow this account to read it", Topic.NOT_DELIVERED),
        ("", Topic.NOT_DELIVERED),
    ],
)
def test_what_cannot_be_downloaded_gets_the_steps_for_its_reason(reason: str, topic: Topic) -> None:
    assert topic_of(verified("/x", ItemClass.UNAVAILABLE, reason=reason)) is topic


@pytest.mark.parametrize(
    ("path", "topic"), [("/a.HEIC", Topic.LIVE_PHOTO), ("/a.heif", Topic.LIVE_PHOTO), ("/a.docx", Topic.BY_DESIGN)]
)
def test_a_live_photo_is_told_from_an_office_file(path: str, topic: Topic) -> None:
    assert topic_of(verified(path, ItemClass.BY_DESIGN)) is topic


def test_every_class_but_proven_has_a_topic_with_words_and_whoever_must_act_is_told() -> None:
    topics = {item_class: topic_of(verified("/a.jpg", item_class)) for item_class in ItemClass}
    sentences = [text for words in HELP.values() for text in (words.meaning, *words.steps)] + [*MEANING.values()]

    assert [item_class for item_class, topic in topics.items() if topic is None] == [ItemClass.PROVEN]
    for item_class, topic in topics.items():
        assert (topic in NEEDS_THE_PERSON) == (item_class in BAD or item_class is ItemClass.UNAVAILABLE), item_class
    assert (set(HELP), set(MEANING)) == (set(Topic), set(ItemClass))
    assert all(HELP[topic].steps for topic in Topic)
    assert not [text for text in sentences if not text.endswith(".") or "!" in text]
