"""What was read from some tables, remembered in the process until one of them changes.

Whoever draws a page reads the versions of all tables first, in one query (`config.data_version`), and says them here.
From then on, and until they are forgotten at the end of the request, a function that is `remembered` answers from
memory where the tables that it reads are as they were when it last read them. Where no versions are known (a command, a
task, a form that is handed in), and within an open transaction, it reads as if nothing were remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import update_wrapper
from threading import Lock
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

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
_K = TypeVar("_K", bound=Hashable)
_State = tuple[object, ...]


class _Memory(Generic[_T]):
    """What was read of some tables by what it was asked for, the latest `most` of it."""

    #: Reads the tables: what a test watches.
    read: Callable[..., Any]

    def __init__(self, tables: tuple[str, ...], most: int, only_if: Callable[[_T], bool] | None) -> None:
        self.tables = tables
        self._most = most
        self._only_if = only_if
        self._given: OrderedDict[Hashable, tuple[_State, _T]] = OrderedDict()
        self._lock = Lock()
        MEMORIES.append(self)

    def _state(self) -> _State | None:
        """The versions of the tables; None where nothing is remembered."""
        versions = _known.get()
        if versions is None or connection.in_atomic_block:
            return None
        return (connection.settings_dict["NAME"], *map(versions.get, self.tables))

    def _recall(self, keys: Iterable[_K], state: _State) -> dict[_K, _T]:
        """What is remembered of some keys as the tables are now."""
        found = {}
        with self._lock:
            for key in keys:
                given = self._given.get((state[0], key))
                if given is not None and given[0] == state:
                    self._given.move_to_end((state[0], key))
                    found[key] = given[1]
        return found

    def _recall_older(self, keys: Iterable[_K], state: _State) -> dict[_K, _T]:
        """What is remembered of some keys as the tables were at any time."""
        with self._lock:
            return {key: self._given[state[0], key][1] for key in keys if (state[0], key) in self._given}

    def _keep(self, read: Mapping[_K, _T], state: _State) -> None:
        with self._lock:
            for key, value in read.items():
                if self._only_if is None or self._only_if(value):
                    self._given[state[0], key] = (state, value)
                    self._given.move_to_end((state[0], key))
            while len(self._given) > self._most:
                self._given.popitem(last=False)

    def forget(self) -> None:
        """Forget everything: another test has another database of the same name."""
        with self._lock:
            self._given.clear()


#: Every function that is remembered.
MEMORIES: list[_Memory[Any]] = []


class Remembered(_Memory[_T], Generic[_P, _T]):
    """A function that reads, with what it gave for its last arguments.

    What it gives is shared by all who ask: they may not change it. It may depend on its arguments and the tables alone,
    so not on the language or the time.
    """

    def __init__(
        self, read: Callable[_P, _T], tables: tuple[str, ...], most: int, only_if: Callable[[_T], bool] | None
    ) -> None:
        super().__init__(tables, most, only_if)
        self.read = read
        update_wrapper(self, read)

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        state = self._state()
        if state is None:
            return self.read(*args, **kwargs)  # type: ignore[no-any-return]
        key = (args, *kwargs.items())
        found = self._recall([key], state)
        if key not in found:
            found[key] = self.read(*args, **kwargs)
            self._keep(found, state)
        return found[key]


class RememberedEach(_Memory[_T], Generic[_K, _P, _T]):
    """A function that reads for each of some keys, so that who asks for many and who asks for one of them share what is
    remembered: what is lacking is read together. As `Remembered`; what it gives for a key may not depend on the others.
    """

    def __init__(
        self,
        read: Callable[Concatenate[Sequence[_K], _P], Mapping[_K, _T]],
        tables: tuple[str, ...],
        most: int,
        only_if: Callable[[_T], bool] | None,
        renew: Callable[[Mapping[_K, _T]], Mapping[_K, _T]] | None,
    ) -> None:
        super().__init__(tables, most, only_if)
        self.read = read
        self._renew = renew
        update_wrapper(self, read)

    def __call__(self, keys: Iterable[_K], *args: _P.args, **kwargs: _P.kwargs) -> dict[_K, _T]:
        wanted, state = list(dict.fromkeys(keys)), self._state()
        asked = {(key, args, *kwargs.items()): key for key in wanted}
        found = {} if state is None else {asked[one]: given for one, given in self._recall(asked, state).items()}
        new: dict[_K, _T] = {}
        if state is not None and self._renew is not None:
            older = self._recall_older((one for one, key in asked.items() if key not in found), state)
            known = {asked[one]: given for one, given in older.items()}
            new |= self._renew(known) if known else {}
        lacking = [key for key in wanted if key not in found and key not in new]
        if lacking:
            read = self.read(lacking, *args, **kwargs)
            new |= {key: read[key] for key in lacking}
        if state is not None:
            self._keep({one: new[key] for one, key in asked.items() if key in new}, state)
        return {key: found[key] if key in found else new[key] for key in wanted}


def remembered(
    *models: type[Model], most: int = 32, only_if: Callable[[Any], bool] | None = None
) -> Callable[[Callable[_P, _T]], Remembered[_P, _T]]:
    """Remember what a function read from the tables of these models, all that it reads, for its last `most` arguments,
    which are hashable; `only_if` says no to what is too large."""
    return lambda read: Remembered(read, _tables(models), most, only_if)


def remembered_each(
    *models: type[Model],
    most: int = 500,
    only_if: Callable[[Any], bool] | None = None,
    renew: Callable[[Mapping[Any, Any]], Mapping[Any, Any]] | None = None,
) -> Callable[[Callable[Concatenate[Sequence[_K], _P], Mapping[_K, _T]]], RememberedEach[_K, _P, _T]]:
    """As `remembered`, for a function that is given several keys and answers for each of them; once a table has changed
    `renew` is given what was read of some keys before, and says it of those of which it can as the table is now: where
    that is sooner than to read them."""
    return lambda read: RememberedEach(read, _tables(models), most, only_if, renew)


def _tables(models: Iterable[type[Model]]) -> tuple[str, ...]:
    return tuple(model._meta.db_table for model in models)
