"""What was read from some tables, remembered in the process until one of them changes.

Whoever draws a page reads the versions of all tables first, in one query (`config.data_version`), and says them here.
From then on, and until they are forgotten at the end of the request, a function that is `remembered` answers from
memory where the tables that it reads are as they were when it last read them. Where no versions are known (a command, a
task, a form that is handed in), and within an open transaction, it reads as if nothing were remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import update_wrapper
from threading import Lock
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import connection
from django.db.models import Model

#: Table -> its version, which is only held against others; a table that never changed has none.
Versions = Mapping[str, object]

_known: ContextVar[Versions | None] = ContextVar("versions of the tables", default=None)


def know(versions: Versions) -> None:
    """The tables are at these versions, until the end of the surrounding `known_versions`."""
    _known.set(versions)


@contextmanager
def known_versions(versions: Versions | None = None) -> Iterator[None]:
    """The tables are at these versions (None: not known yet); what is remembered within rests on them."""
    before = _known.set(versions)
    try:
        yield
    finally:
        _known.reset(before)


_P = ParamSpec("_P")
_T = TypeVar("_T")


class Remembered(Generic[_P, _T]):
    """A function that reads, with what it gave for its last arguments.

    What it gives is shared by all who ask: they may not change it. It may depend on its arguments and the tables alone,
    so not on the language or the time.
    """

    def __init__(
        self, read: Callable[_P, _T], tables: tuple[str, ...], most: int, only_if: Callable[[_T], bool] | None
    ) -> None:
        self.read = read
        self.tables = tables
        self._most = most
        self._only_if = only_if
        self._given: OrderedDict[Hashable, tuple[tuple[object, ...], _T]] = OrderedDict()
        self._lock = Lock()
        update_wrapper(self, read)

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        versions = _known.get()
        if versions is None or connection.in_atomic_block:
            return self.read(*args, **kwargs)
        key = (connection.settings_dict["NAME"], args, *kwargs.items())
        state = tuple(map(versions.get, self.tables))
        with self._lock:
            given = self._given.get(key)
            if given is not None and given[0] == state:
                self._given.move_to_end(key)
                return given[1]
        found = self.read(*args, **kwargs)
        if self._only_if is not None and not self._only_if(found):
            return found
        with self._lock:
            self._given[key] = (state, found)
            self._given.move_to_end(key)
            while len(self._given) > self._most:
                self._given.popitem(last=False)
        return found

    def forget(self) -> None:
        """Forget everything: another test has another database of the same name."""
        with self._lock:
            self._given.clear()


#: Every function that is remembered.
MEMORIES: list[Remembered[Any, Any]] = []


def remembered(
    *models: type[Model], most: int = 32, only_if: Callable[[Any], bool] | None = None
) -> Callable[[Callable[_P, _T]], Remembered[_P, _T]]:
    """Remember what a function read from the tables of these models, all that it reads, for its last `most` arguments,
    which are hashable; `only_if` says no to what is too large."""

    def wrap(read: Callable[_P, _T]) -> Remembered[_P, _T]:
        memory = Remembered(read, tuple(model._meta.db_table for model in models), most, only_if)
        MEMORIES.append(memory)
        return memory

    return wrap
