"""Bring a file of a corpus to this machine: from a mirror folder or its public address.

A file comes under its final name whole and checked, or not at all: it arrives in a
temporary folder beside its place and is renamed at the end. Archives are unpacked the
same way. The sha256 of what came is kept beside it, in `<file>.sha256`.
"""

import hashlib
import logging
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

import pooch

from zoo.corpora import build_folder

RETRIES = 3  # pooch waits 1, 2, 3 seconds before them
STAMP = ".archive.sha256"  # in an unpacked folder: the archive it came from

log = logging.getLogger(__name__)


class FetchError(OSError):
    """A file of a corpus cannot be had, or is not what it should be."""


def fetch(
    path: str, url: str, sha256: str | None = None, *, same_bytes: bool = True
) -> Path:
    """Bring one file to `build/corpora/<path>`, unless it is there already.

    The mirror folder `$ZOO_MIRROR` is asked first where it is set, then the public
    address. A wrong file in the mirror is an error, never passed over in silence.

    Args:
        path: place of the file, relative, in the mirror and in `build/corpora`.
        url: public address.
        sha256: known sha256 of the file in hexadecimal; None when not known.
        same_bytes: whether mirror and public address hold the same bytes. If not,
            `sha256` is the mirror's and the public file is taken as it comes.

    Returns:
        Path of the file on this machine.

    Raises:
        FetchError: the file cannot be had; names it and both addresses.
    """
    target = build_folder() / "corpora" / path
    if target.exists():
        _check(target, sha256 if same_bytes else None)
        return target
    mirror, root = _mirror_place(path)
    public_sha256 = sha256 if same_bytes else None
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        arriving = Path(folder) / target.name
        try:
            if root and mirror.exists():
                source = mirror
                shutil.copyfile(mirror, arriving)
                _check(arriving, sha256)
            else:
                source = url
                _download(url, arriving, public_sha256)
        except (OSError, ValueError) as error:
            absent = "no such file" if root else "ZOO_MIRROR is not set"
            raise FetchError(
                f"{path} cannot be had. "
                f"Mirror {mirror}: {error if source == mirror else absent}. "
                f"Public address {url}: "
                f"{'not tried' if source == mirror else error}."
            ) from error
        digest = recorded_sha256(arriving)
        os.replace(arriving, target)
    _record(target, digest)
    log.info("%s came from %s, sha256 %s", path, source, digest)
    return target


def held(path: str) -> bool:
    """Whether a file is here already, or in the mirror folder.

    Args:
        path: place of the file, relative, as for `fetch`.

    Returns:
        True when `fetch` needs no network for it.
    """
    mirror, root = _mirror_place(path)
    here = build_folder() / "corpora" / path
    return here.exists() or bool(root and mirror.exists())


def recorded_sha256(file: Path) -> str:
    """The sha256 of a fetched file, computed once and kept in `<file>.sha256`.

    Args:
        file: a file on this machine.

    Returns:
        The sha256 in hexadecimal.
    """
    record = _record_of(file)
    if record.exists() and record.stat().st_mtime_ns >= file.stat().st_mtime_ns:
        return record.read_text(encoding="utf-8").split()[0]
    digest = _sha256(file)
    _record(file, digest)
    return digest


def unzip(archive: Path, folder: Path) -> Path:
    """Unpack a zip archive, whole or not at all.

    Does nothing where `folder` was unpacked from this very archive before. What
    macOS adds (`__MACOSX/`) is left out.

    Args:
        archive: a zip file.
        folder: where its members go; replaced if it came from another archive.

    Returns:
        `folder`.

    Raises:
        FetchError: not a whole zip file, or a member would leave the folder.
    """
    digest = recorded_sha256(archive)
    if _stamp_of(folder) == digest:
        return folder
    log.info("unpacking %s", archive)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unzip-") as temporary:
        fresh = Path(temporary) / "fresh"
        try:
            with zipfile.ZipFile(archive) as zipped:
                zipped.extractall(fresh, _safe_members(zipped, archive))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise FetchError(
                f"{archive} must be a whole zip file: {error}. "
                "Delete it and run the same command again."
            ) from error
        fresh.mkdir(exist_ok=True)
        (fresh / STAMP).write_text(digest, encoding="utf-8")
        if _stamp_of(folder) == digest:  # another process was faster
            return folder
        if folder.exists():
            os.rename(folder, Path(temporary) / "stale")
        os.rename(fresh, folder)
    return folder


def _safe_members(zipped: zipfile.ZipFile, archive: Path) -> list[zipfile.ZipInfo]:
    """The members to unpack; all are checked before the first is written."""
    members = []
    for member in zipped.infolist():
        # The name as stored: ZipInfo.filename may already have been cut or mended.
        names = (member.orig_filename, member.filename)
        link = stat.S_ISLNK(member.external_attr >> 16)
        if link or any(map(_leaves_the_folder, names)):
            raise FetchError(
                f"{archive}: a member must stay inside the folder, "
                f"got {member.orig_filename!r}"
            )
        if "__MACOSX" not in PurePosixPath(member.filename).parts:
            members.append(member)
    return members


def _leaves_the_folder(name: str) -> bool:
    windows = PureWindowsPath(name)  # takes both / and \ as separators
    return bool(windows.drive or windows.root) or ".." in windows.parts


def _mirror_place(path: str) -> tuple[Path, str]:
    root = os.environ.get("ZOO_MIRROR", "")
    return Path(root or "$ZOO_MIRROR").expanduser() / path, root


def _download(url: str, arriving: Path, sha256: str | None) -> None:
    downloads = pooch.create(
        path=arriving.parent,
        base_url="",
        registry={arriving.name: sha256},
        urls={arriving.name: url},
        retry_if_failed=RETRIES,
    )
    downloads.fetch(arriving.name, downloader=pooch.HTTPDownloader(progressbar=True))


def _check(file: Path, sha256: str | None) -> None:
    if sha256 is None:
        return
    digest = recorded_sha256(file)
    if digest != sha256:
        raise FetchError(f"sha256 of {file} must be {sha256}, got {digest}")


def _sha256(file: Path) -> str:
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _record_of(file: Path) -> Path:
    return file.with_name(file.name + ".sha256")


def _record(file: Path, digest: str) -> None:
    _record_of(file).write_text(f"{digest}  {file.name}\n", encoding="utf-8")


def _stamp_of(folder: Path) -> str | None:
    stamp = folder / STAMP
    return stamp.read_text(encoding="utf-8") if stamp.exists() else None
