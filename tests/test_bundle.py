"""A bundle round-trips, is reproducible, and refuses what is damaged, foreign or hostile."""

import gzip
import io
import json
import pickle
import tarfile
from pathlib import Path

import pytest

from chatwright.bundle import FORMAT_VERSION, open_bundle, write_bundle
from chatwright.errors import BundleError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "nlu").mkdir(parents=True)
    (folder / "domain.json").write_text('{"intents": ["问候"]}', "utf-8")
    (folder / "nlu" / "weights.bin").write_bytes(bytes(range(256)) * 100)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def rewrite(path: Path, change) -> None:
    """Unpack the archive to name → content, let ``change`` edit the list, pack it again."""
    with tarfile.open(path) as archive:
        members = [(m, archive.extractfile(m).read()) for m in archive]  # type: ignore[union-attr]
    members = change(members) or members
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def member(name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        info.linkname = "/etc/passwd"
        content = b""
    return info, content


def test_round_trip(source: Path, cache: Path, tmp_path: Path) -> None:
    written = write_bundle(source, tmp_path / "m.tar.gz", languages=["zh", "en"], parts={"nlu": "f1"})
    bundle = open_bundle(tmp_path / "m.tar.gz", cache=cache)
    assert bundle.manifest == written
    assert bundle.read_json("domain.json") == {"intents": ["问候"]}
    assert (bundle.folder / "nlu" / "weights.bin").read_bytes() == bytes(range(256)) * 100


def test_same_content_gives_same_bytes(source: Path, tmp_path: Path) -> None:
    write_bundle(source, tmp_path / "a.tar.gz")
    write_bundle(source, tmp_path / "b.tar.gz")
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


def test_newest_of_a_folder(source: Path, cache: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    write_bundle(source, models / "b.tar.gz")
    (source / "domain.json").write_text("{}")
    write_bundle(source, models / "a.tar.gz")
    assert open_bundle(models, cache=cache).path.name == "a.tar.gz"
    with pytest.raises(BundleError, match="no trained bot"):
        open_bundle(source, cache=cache)


def test_a_tampered_cache_is_unpacked_again(source: Path, cache: Path, tmp_path: Path) -> None:
    write_bundle(source, tmp_path / "m.tar.gz")
    folder = open_bundle(tmp_path / "m.tar.gz", cache=cache).folder
    (folder / "domain.json").unlink()
    assert open_bundle(tmp_path / "m.tar.gz", cache=cache).read_json("domain.json")


@pytest.mark.parametrize("cut", [0, 1, 10, 100, -100, -9, -1])
def test_a_cut_file_is_refused(source: Path, cache: Path, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "m.tar.gz"
    write_bundle(source, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BundleError):
        open_bundle(path, cache=cache)
    assert not list((cache / "bundles").glob("*")) if (cache / "bundles").exists() else True


def test_every_flipped_byte_is_noticed(source: Path, cache: Path, tmp_path: Path) -> None:
    """Flipping any byte gives an error, or (in gzip's own header) the very same content."""
    path = tmp_path / "m.tar.gz"
    write_bundle(source, path)
    good = path.read_bytes()
    for offset in range(0, len(good), 7):
        path.write_bytes(good[:offset] + bytes([good[offset] ^ 0x41]) + good[offset + 1 :])
        try:
            bundle = open_bundle(path, cache=cache)
        except BundleError:
            continue
        assert bundle.read_json("domain.json") == {"intents": ["问候"]}


@pytest.mark.parametrize(
    "name", ["../../x.json", "/etc/x.json", "a/../../x.json", "C:\\x.json", "..", "a\\..\\x.json"]
)
def test_zip_slip(source: Path, cache: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.tar.gz"
    write_bundle(source, path)
    rewrite(path, lambda members: [*members, member(name)])
    with pytest.raises(BundleError, match="unsafe member name"):
        open_bundle(path, cache=cache)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_only_regular_files(source: Path, cache: Path, tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "m.tar.gz"
    write_bundle(source, path)
    rewrite(path, lambda members: [*members, member("x.json", b"", kind)])
    with pytest.raises(BundleError, match="not a regular file"):
        open_bundle(path, cache=cache)


def test_unlisted_double_and_case_clash(source: Path, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    write_bundle(source, path)
    rewrite(path, lambda members: [*members, member("extra.json")])
    with pytest.raises(BundleError, match="not in the manifest"):
        open_bundle(path, cache=cache)
    rewrite(path, lambda members: [m for m in members if m[0].name != "extra.json"] + [member("Domain.json")])
    with pytest.raises(BundleError, match="twice"):
        open_bundle(path, cache=cache)


def test_changed_content(source: Path, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    write_bundle(source, path)
    rewrite(path, lambda ms: [(i, b'{"intents": ["evil"]}' if i.name == "domain.json" else c) for i, c in ms])
    with pytest.raises(BundleError, match="wrong checksum"):
        open_bundle(path, cache=cache)


def test_pickles_are_refused_on_both_sides(source: Path, cache: Path, tmp_path: Path) -> None:
    (source / "nlu" / "model.bin").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(BundleError, match="pickle"):
        write_bundle(source, tmp_path / "m.tar.gz")
    (source / "nlu" / "model.bin").rename(source / "nlu" / "model.pkl")
    with pytest.raises(BundleError, match="kind"):
        write_bundle(source, tmp_path / "m.tar.gz")
    (source / "nlu" / "model.pkl").unlink()
    path = tmp_path / "m.tar.gz"
    write_bundle(source, path)
    content = pickle.dumps([1])

    def plant(members):
        manifest = json.loads(members[0][1])
        import hashlib

        manifest["files"]["p.bin"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        return [(members[0][0], json.dumps(manifest).encode()), *members[1:], member("p.bin", content)]

    rewrite(path, plant)
    with pytest.raises(BundleError, match="pickle"):
        open_bundle(path, cache=cache)


def test_foreign_and_newer(source: Path, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info, content = member("components/train/x.json")
        archive.addfile(info, io.BytesIO(content))
    with pytest.raises(BundleError, match="not made by Chatwright"):
        open_bundle(path, cache=cache)
    write_bundle(source, path)

    def newer(members):
        manifest = json.loads(members[0][1])
        manifest["format"] = FORMAT_VERSION + 1
        return [(members[0][0], json.dumps(manifest).encode()), *members[1:]]

    rewrite(path, newer)
    with pytest.raises(BundleError, match="upgrade"):
        open_bundle(path, cache=cache)
    path.write_bytes(b"PK\x03\x04 not a tar")
    with pytest.raises(BundleError, match="not a bundle"):
        open_bundle(path, cache=cache)


def test_bombs(source: Path, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    with gzip.open(path, "wb", compresslevel=9) as zipped, tarfile.open(fileobj=zipped, mode="w|") as archive:
        info = tarfile.TarInfo("manifest.json")
        info.size = 200 * 1024**2
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    with pytest.raises(BundleError, match=r"bomb|too large"):
        open_bundle(path, cache=cache)
    with tarfile.open(path, "w:gz") as archive:
        manifest = {"format": 1, "bundle_id": "x", "files": {}}
        content = json.dumps(manifest).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
        for number in range(3000):
            archive.addfile(tarfile.TarInfo(f"{number}.json"))
    with pytest.raises(BundleError, match=r"too much|not in the manifest"):
        open_bundle(path, cache=cache)
