"""The plan reader: from the official text of a work plan to drafts of its targets, tasks and quantities.

Pure: no database, no network, no model. `read_plan` is the one door.
"""

from goals.plan_reader.drafts import Doubt, QuantityDraft, Reading, TargetDraft, TaskDraft
from goals.plan_reader.naming import NamedIndicator, Names, names_of
from goals.plan_reader.reader import read_plan, read_words

__all__ = [
    "Doubt",
    "NamedIndicator",
    "Names",
    "QuantityDraft",
    "Reading",
    "TargetDraft",
    "TaskDraft",
    "names_of",
    "read_plan",
    "read_words",
]
