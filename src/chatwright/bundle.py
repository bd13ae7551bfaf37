"""The bundle: one file that holds a trained bot.

A bundle is a ``.tar.gz`` whose first member is ``manifest.json``: format version, fingerprints of
what it was trained from, and size and SHA-256 of every other member. Only regular files of known
kinds are in it, never a pickle. The same content gives the same bytes.

Reading checks names, sizes, kinds and checksums of everything before anything is written, then
unpacks once into a folder named by the archive's SHA-256, shared by all processes of the user.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from chatwright import __version__
from chatwright.errors import BundleError

__all__ = ["FORMAT_VERSION", "Bundle", "Manifest", "latest_bundle", "open_bundle", "write_bundle"]

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
MAX_FILES = 2_000
MAX_BYTES = 2 * 1024**3
MAX_MANIFEST_BYTES = 4 * 1024**2
MAX_RATIO = 200
"""Unpacked to packed size; beyond it a large archive is taken for a bomb."""

ALLOWED_SUFFIXES = frozenset({".json", ".npz", ".npy", ".safetensors", ".onnx", ".txt", ".bin", ".crfsuite"})
_PICKLE_MARKS = (
    b"\x80\x02",
    b"\x80\x03",
    b"\x80\x04",
    b"\x80\x05",
    b"(lp",
    b"(dp",
    b"cos\n",
    b"c__builtin__",
)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle says about itself."""

    bundle_id: str
    """First 32 hexadecimal digits of the SHA-256 over names and checksums of all members."""
    assistant_id: str = ""
    languages: Sequence[str] = ()
    project_fingerprint: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Part (``nlu``, ``dialogue``) → fingerprint of what it was trained from."""
    extras: Sequence[str] = ()
    """Optional dependencies needed to run it."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    substitutes: Sequence[str] = ()
    """What was done otherwise than the configuration says, a sentence each."""
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Member → ``{"size", "sha256"}``."""
    format: int = FORMAT_VERSION
    chatwright_version: str = __version__

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked, unpacked bundle."""

    path: Path
    """The archive."""
    folder: Path
    """Where it is unpacked; shared and read-only by convention."""
    manifest: Manifest

    def read_json(self, name: str) -> Any:
        """The content of a JSON member.

        Raises:
            BundleError: the member is absent.
        """
        try:
            return json.loads((self.folder / name).read_text("utf-8"))
        except FileNotFoundError as error:
            raise BundleError(
                f"{self.path.name} has no {name}", fix="train again with `chatwright train`"
            ) from error


def write_bundle(
    source: Path,
    target: Path,
    *,
    assistant_id: str = "",
    languages: Sequence[str] = (),
    project_fingerprint: str = "",
    parts: Mapping[str, str] | None = None,
    extras: Sequence[str] = (),
    metrics: Mapping[str, Any] | None = None,
    substitutes: Sequence[str] = (),
) -> Manifest:
    """Pack the folder ``source`` into the archive ``target``, replacing it in one step.

    Raises:
        BundleError: a file of a kind that bundles may not hold lies in ``source``.
    """
    names = sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file())
    files = {}
    for name in names:
        _check_kind(name, (source / name).open("rb"))
        data_hash, size = _hash_file(source / name)
        files[name] = {"size": size, "sha256": data_hash}
    identity = json.dumps([files, FORMAT_VERSION], sort_keys=True).encode()
    manifest = Manifest(
        bundle_id=hashlib.sha256(identity).hexdigest()[:32],
        assistant_id=assistant_id,
        languages=list(languages),
        project_fingerprint=project_fingerprint,
        parts=dict(parts or {}),
        extras=list(extras),
        metrics=dict(metrics or {}),
        substitutes=list(substitutes),
        files=files,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as raw:
            # No file name and no time in the gzip header: same content, same bytes.
            with (
                gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as zipped,
                tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
            ):
                encoded = json.dumps(
                    manifest.to_json(), ensure_ascii=False, sort_keys=True, indent=1
                ).encode()
                _add(archive, MANIFEST, io.BytesIO(encoded), len(encoded))
                for name in names:
                    with (source / name).open("rb") as content:
                        _add(archive, name, content, files[name]["size"])
            raw.flush()
            os.fsync(raw.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return manifest


def open_bundle(path: Path | str, *, cache: Path | None = None) -> Bundle:
    """Check the archive at ``path`` and give its unpacked folder.

    Args:
        path: the archive, or a folder of archives of which the newest is taken.
        cache: where unpacked bundles lie; default ``$CHATWRIGHT_CACHE`` or ``~/.cache/chatwright``.

    Raises:
        BundleError: nothing there, or damaged, foreign, too new, or unsafe to unpack.
    """
    path = Path(path)
    if path.is_dir():
        path = latest_bundle(path)
    if not path.is_file():
        raise BundleError(f"there is no bundle at {path}", fix="run `chatwright train`")
    digest, packed = _hash_file(path)
    folder = (cache or _default_cache()) / "bundles" / digest
    if not (folder / MANIFEST).is_file():
        _unpack(path, packed, folder)
    raw = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest = _manifest_from_json(raw, path)
    for name, entry in manifest.files.items():
        if not (folder / name).is_file() or (folder / name).stat().st_size != entry["size"]:
            shutil.rmtree(folder, ignore_errors=True)  # the cache was tampered with or cut short
            _unpack(path, packed, folder)
            break
    return Bundle(path, folder, manifest)


def latest_bundle(folder: Path) -> Path:
    """The newest ``*.tar.gz`` in ``folder``.

    Raises:
        BundleError: there is none.
    """
    bundles = sorted(folder.glob("*.tar.gz"), key=lambda p: (p.stat().st_mtime_ns, p.name))
    if not bundles:
        raise BundleError(f"there is no trained bot in {folder}", fix="run `chatwright train`")
    return bundles[-1]


def _default_cache() -> Path:
    if configured := os.environ.get("CHATWRIGHT_CACHE"):
        return Path(configured)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chatwright"


def _unpack(path: Path, packed: int, folder: Path) -> None:
    """Check every member, then unpack next to ``folder`` and rename."""
    with _damage_named(path):
        _check_all(path, packed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpack-"))
    try:
        for name, content, _ in _members(path, packed):
            target = staging / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(content, out, _CHUNK)
        try:
            staging.rename(folder)
        except OSError:  # another process was first: its folder has the same content
            if not (folder / MANIFEST).is_file():
                raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check_all(path: Path, packed: int) -> None:
    manifest, seen = None, set[str]()
    for name, content, size in _members(path, packed):
        if manifest is None:
            manifest = _read_manifest(name, content, size, path)
            continue
        _check_member(name, content, size, manifest, path)
        seen.add(name)
    if manifest is None:
        raise BundleError(f"{path.name} is empty", fix="train again with `chatwright train`")
    if missing := set(manifest.files) - seen:
        raise BundleError(
            f"{path.name} lacks {sorted(missing)[0]}", fix="the file was cut short: copy it again"
        )


def _members(path: Path, packed: int) -> Iterator[tuple[str, IO[bytes], int]]:
    """Name, content and size of each member; refuses unsafe archives as soon as it sees one."""

    def refuse(reason: str) -> BundleError:
        return BundleError(f"{path.name}: {reason}", fix="do not use this file")

    total, names = 0, set[str]()
    with gzip.open(path) as unzipped, tarfile.open(fileobj=unzipped, mode="r|") as archive:
        for member in archive:
            name = member.name
            if not member.isreg():
                raise refuse(f"{name!r} is not a regular file")
            parts = PurePosixPath(name).parts
            if not parts or name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
                raise refuse(f"unsafe member name {name!r}")
            if name.casefold() in names:
                raise refuse(f"{name!r} occurs twice")
            names.add(name.casefold())
            total += member.size
            if len(names) > MAX_FILES or total > MAX_BYTES:
                raise refuse("it unpacks to too much")
            if total > 64 * 1024**2 and total > MAX_RATIO * packed:
                raise refuse("it looks like a decompression bomb")
            content = archive.extractfile(member)
            if content is None:
                raise refuse(f"{name!r} cannot be read")
            yield name, content, member.size
        while unzipped.read(_CHUNK):  # to the end, so that gzip's own checksum is verified
            pass


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Turn what the archive readers raise on damage into a ``BundleError``."""
    try:
        yield
    except (tarfile.TarError, EOFError, ValueError, zlib.error, gzip.BadGzipFile) as error:
        raise BundleError(
            f"{path.name} is not a bundle, or is damaged: {error}", fix="copy the file again, or train again"
        ) from error


def _read_manifest(name: str, content: IO[bytes], size: int, path: Path) -> Manifest:
    if name != MANIFEST:
        raise BundleError(
            f"{path.name} was not made by Chatwright (its first member is {name!r})",
            fix="models of other frameworks cannot be loaded: run `chatwright train` in the project",
        )
    if size > MAX_MANIFEST_BYTES:
        raise BundleError(f"{path.name}: the manifest is too large", fix="do not use this file")
    try:
        raw = json.loads(content.read())
    except ValueError as error:
        raise BundleError(f"{path.name}: the manifest is not JSON", fix="train again") from error
    return _manifest_from_json(raw, path)


def _manifest_from_json(raw: Any, path: Path) -> Manifest:
    if not isinstance(raw, dict) or not isinstance(raw.get("format"), int):
        raise BundleError(f"{path.name}: the manifest names no format", fix="train again")
    if raw["format"] > FORMAT_VERSION:
        raise BundleError(
            f"{path.name} has format {raw['format']}, made by Chatwright {raw.get('chatwright_version')}",
            fix="upgrade Chatwright, or train again with this version",
        )
    files = raw.get("files")
    if not isinstance(raw.get("bundle_id"), str) or not isinstance(files, dict):
        raise BundleError(f"{path.name}: the manifest is incomplete", fix="train again")
    for name, entry in files.items():
        if not (isinstance(entry, dict) and isinstance(entry.get("size"), int) and entry.get("sha256")):
            raise BundleError(
                f"{path.name}: the manifest has no size or checksum for {name}", fix="train again"
            )
    return Manifest(**{k: v for k, v in raw.items() if k in Manifest.__dataclass_fields__})


def _check_member(name: str, content: IO[bytes], size: int, manifest: Manifest, path: Path) -> None:
    entry = manifest.files.get(name)
    if entry is None:
        raise BundleError(f"{path.name}: {name!r} is not in the manifest", fix="do not use this file")
    head = content.read(64)
    _check_kind(name, io.BytesIO(head))
    digest = hashlib.sha256(head)
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    if size != entry["size"] or digest.hexdigest() != entry["sha256"]:
        raise BundleError(
            f"{path.name}: {name!r} has a wrong checksum", fix="copy the file again, or train again"
        )


def _check_kind(name: str, content: IO[bytes]) -> None:
    """Refuse by suffix and by the first bytes what bundles may not hold."""
    with content:
        head = content.read(64)
    if Path(name).suffix not in ALLOWED_SUFFIXES:
        raise BundleError(f"{name!r} is of a kind that bundles may not hold", fix="do not use this file")
    if head.startswith(_PICKLE_MARKS):
        raise BundleError(f"{name!r} is a pickle, which could run code", fix="do not use this file")


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o644, 0
    archive.addfile(info, content)


def _hash_file(path: Path) -> tuple[str, int]:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
        return digest.hexdigest(), content.tell()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
