"""Speed, measured against a named yardstick in the same run. `make bench`; never part of the tests."""
