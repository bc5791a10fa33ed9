"""Files that are either whole and on disk, or not there.

A file is written under a temporary name beside its place, fsynced, renamed, and its folders are fsynced. A reader sees
the old content or the new, never a part; after a power cut it is one of the two. Temporary names are fixed, so what a
crash leaves behind is overwritten by the next attempt and does not pile up. Two writers of one file must exclude each
other; `alone` does that.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from ledger.errors import Unavailable
from ledger.words import N_

_MOST_AT_ONCE: Final = 128
"""Files whose writing shares one round of fsyncs; each holds a descriptor until then."""

_MOST_BYTES_AT_ONCE: Final = 16_000_000

File = tuple[str, Iterable[bytes]]
"""A path below a folder, and the content in pieces."""


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put one file in place. Raises `Unavailable`."""
    write_files(path.parent, [(path.name, [content])], mode)


def write_files(folder: Path, files: Iterable[File], mode: int = 0o644) -> None:
    """Put files in place below `folder`, in order, many to one round of fsyncs. Raises `Unavailable`.

    All are durable when this returns. If it raises, or the process dies, any of them may be in place.
    """
    make_folder(folder)
    for batch in _batches(files):
        _write_batch(folder, batch, mode)


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put one file in place without waiting for the disk: readers see the old content or the new. Raises `Unavailable`.

    A loss of power before `sync_all` may leave any content: the caller must know which files to write again.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        try:
            _write(descriptor, [content])
        finally:
            os.close(descriptor)
        os.replace(temporary, path)  # noqa: PTH105 - the name under which a test makes it fail


def sync_all() -> None:
    """Wait until all that was written is on disk."""
    os.sync()


def append_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Append to an existing file and fsync it. A crash may leave a part of it. Raises `Unavailable`."""
    with _explained(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            _write(descriptor, pieces)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def create_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file that must not exist yet, and fsync it and its folder. It is whole, or not there.

    Raises:
        FileExistsError: There is one already; it was not touched.
        Unavailable: It could not be written. Nothing was left behind.
    """
    make_folder(path.parent)
    with alone(path.parent), _explained(path, FileExistsError):
        if path.exists():
            raise FileExistsError(path)
        temporary = path.with_name(f".{path.name}.new")
        # A crash may have left it as another name of a file that is in use by now: it is never written to.
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        made = False
        try:
            _write(descriptor, [content])
            os.fsync(descriptor)
            os.link(temporary, path)
            made = True
            temporary.unlink()
            _sync_folder(path.parent)
        except BaseException:
            for each in (temporary, *([path] if made else [])):
                with suppress(OSError):
                    each.unlink()
            raise
        finally:
            os.close(descriptor)


def take_place(path: Path, place: Path, kept: Path) -> None:
    """Put the file `path` in the place of another, which is kept under the name `kept`. Raises `Unavailable`.

    At every moment there is a whole file at `place`: the one or the other. Repeating it after a crash completes it.

    Raises:
        FileExistsError: There is another file called `kept`; nothing was touched.
    """
    with _explained(place, FileExistsError):
        if not kept.exists() or not kept.samefile(place):
            os.link(place, kept)
        _sync_folder(place.parent)
        os.replace(path, place)  # noqa: PTH105 - the name under which a test makes it fail
        _sync_folder(place.parent)


def read_file(path: Path, most: int) -> bytes | None:
    """Return a file's content, at most one byte more than `most`; None if it does not exist. Raises `Unavailable`."""
    try:
        with path.open("rb") as file:
            # A buffer of `most` bytes would be made first, however short the file is.
            return file.read(min(most, os.fstat(file.fileno()).st_size) + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unavailable(
            N_("%(file)s cannot be read: %(error)s."), file=path, error=error.strerror or error
        ) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each entered durably in the one above. Raises `Unavailable`."""
    with _explained(folder):
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            _sync_folder(each.parent)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process or thread is inside for the same existing file or folder. Raises `Unavailable`.

    The kernel ends it with the process, so a crash leaves no stale lock behind.
    """
    with _explained(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with _explained(path):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _batches(files: Iterable[File]) -> Iterator[Sequence[File]]:
    batch: list[File] = []
    size = 0
    for path, content in files:
        batch.append((path, content))
        size += sum(map(len, content)) if isinstance(content, list) else _MOST_BYTES_AT_ONCE
        if len(batch) >= _MOST_AT_ONCE or size >= _MOST_BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write_batch(folder: Path, batch: Sequence[File], mode: int) -> None:
    with _explained(folder), ExitStack() as opened:
        staged: list[tuple[Path, Path, int]] = []
        for name, content in batch:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.new")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
            opened.callback(os.close, descriptor)
            _write(descriptor, content)
            staged.append((temporary, path, descriptor))
        # All are written before the first is synced: one journal commit then does for most of them.
        for _, _, descriptor in staged:
            os.fsync(descriptor)
        for temporary, path, _ in staged:
            os.replace(temporary, path)  # noqa: PTH105 - the name under which a test makes it fail
        # The folders between may be as new as the files, or left over from a crash before they were synced.
        for each in sorted({above for _, path, _ in staged for above in _up_to(folder, path)}, reverse=True):
            _sync_folder(each)


def _up_to(folder: Path, path: Path) -> Iterator[Path]:
    for above in path.parents:
        yield above
        if above == folder:
            return


def _write(descriptor: int, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        left = memoryview(piece)
        while left:
            left = left[os.write(descriptor, left) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path: Path, *passed: type[OSError]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, passed):
            raise
        raise Unavailable(
            N_("%(file)s cannot be written: %(error)s. Check the disk and who may write there."),
            file=error.filename or path,
            error=error.strerror or error,
            stored=None,
        ) from error
