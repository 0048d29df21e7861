"""Windows' own Python under Wine: put together by `setup.sh`, used by `.ci/run`."""
