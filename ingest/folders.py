"""From the paths on a command line to files: folders are walked, archives opened, registers put first."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.readers import site_register
from ingest.readers.text import MAX_UNPACKED_BYTES
from ingest.tidy import StructuralError

#: What is taken from a folder or archive; other files in it are no data.
DATA_SUFFIXES = (".csv", ".json", ".gz", ".zip", ".tgz", ".tar", ".txt", ".xlsx", ".xls")
REGISTER_NAME = "stations.csv"


@dataclass(frozen=True)
class FoundFile:
    """A file to hand in. `label` is how the person knows it; `name` keeps the last folders, which may carry a date."""

    label: str
    name: str
    data: bytes


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files that are meant, each once: a register first, also one that lies beside a named file.

    Raises FileNotFoundError for a path that is not there.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and _is_data(p) and not p.name.startswith("."))
        elif path.is_file():
            beside = path.with_name(REGISTER_NAME)
            found += [beside, path] if beside.is_file() and path.name.startswith("china_sites") else [path]
        else:
            raise FileNotFoundError(path)
    unique = list(dict.fromkeys(path.resolve() for path in found))
    return sorted(unique, key=lambda path: not is_register(path))


def _is_data(path: Path) -> bool:
    return path.suffix.lower() in DATA_SUFFIXES


def is_register(path: Path) -> bool:
    """Whether a file is a register of stations, which is read before the hours that name them."""
    if path.suffix.lower() != ".csv":
        return False
    with path.open("rb") as file:
        begins = file.readline(4096).decode("utf-8", "replace")
    try:
        return site_register.recognises(begins)
    except StructuralError:  # cut within a quoted cell: a line so long is no register's
        return False


def read_files(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """The bytes of each file; the members of an archive one by one."""
    for path in paths:
        for found in opened("/".join(path.parts[-3:]), path.read_bytes()):
            member = found.name.removeprefix("/".join(path.parts[-3:]))
            yield FoundFile(f"{path}{member}", found.name, found.data)


def opened(name: str, data: bytes) -> Iterator[FoundFile]:
    """A file itself, or the data files in an archive."""
    members = list(_members(data)) if _is_archive(name) else []
    if not members:
        yield FoundFile(name, name, data)
    for member, content in members:
        yield FoundFile(f"{name}/{member}", f"{name}/{member}", content)


def _is_archive(name: str) -> bool:
    return name.lower().endswith((".zip", ".tar", ".tgz", ".tar.gz"))


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The data files of an archive. One that is damaged or unpacks to too much gives none: it is handed in whole and
    refused as it stands."""
    try:
        if data.startswith(b"PK"):
            yield from _zip_members(data)
        else:
            yield from _tar_members(data)
    except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError):
        return


def _zip_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) <= MAX_UNPACKED_BYTES:
            for member in sorted(members, key=lambda member: member.filename):
                if _is_data(Path(member.filename)):
                    yield member.filename, archive.read(member)


def _tar_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        if sum(member.size for member in members) <= MAX_UNPACKED_BYTES:
            for member in sorted(members, key=lambda member: member.name):
                content = archive.extractfile(member)
                if content is not None and _is_data(Path(member.name)):
                    yield member.name, content.read()
