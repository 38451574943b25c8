import hashlib
import logging
import zipfile

import pytest

from zoo.corpora import flickr8k

DEAD_ID = "2258277193_586949ec62.jpg.1"
SPLIT_NAMES = {
    "train": ["9.jpg", "2.jpg", "5.jpg"],
    "dev": ["1.jpg"],
    "test": ["7.jpg", "3.jpg"],
}


def write_archives(folder, absent=()):
    """A Flickr8k of six pictures, laid out as the public one."""
    names = sum(SPLIT_NAMES.values(), [])
    lines = [f"{name}#{k}\tcaption {k} of {name} .\n" for name in names for k in (0, 1)]
    lines += [f"{DEAD_ID}#0\tpeople waiting for the subway\n"]
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "Flickr8k_text.zip", "w") as text:
        text.writestr("Flickr8k.token.txt", "".join(lines))
        text.writestr("Flickr8k.lemma.token.txt", "not\tread\n")
        text.writestr("__MACOSX/._Flickr8k.token.txt", b"\x00\x05")
        for split, chosen in SPLIT_NAMES.items():
            listed = "".join(f"{name}\n" for name in chosen)
            text.writestr(f"Flickr_8k.{split}Images.txt", listed)
    with zipfile.ZipFile(folder / "Flickr8k_Dataset.zip", "w") as pictures:
        pictures.writestr("Flicker8k_Dataset/", b"")
        pictures.writestr("__MACOSX/Flicker8k_Dataset/._1.jpg", b"\x00\x05")
        pictures.writestr("Flicker8k_Dataset/unlisted.jpg", b"nobody asks for it")
        for name in set(names) - set(absent):
            pictures.writestr(f"Flicker8k_Dataset/{name}", f"pixels of {name}")


def use(monkeypatch, folder, url=lambda name: f"http://127.0.0.1:9/{name}"):
    """Points SOURCES at the test's own archives."""
    sources = []
    for path, _, _ in flickr8k.SOURCES:
        name = path.rpartition("/")[2]
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        sources.append((path, url(name), digest))
    monkeypatch.setattr(flickr8k, "SOURCES", tuple(sources))


@pytest.fixture
def corpus(mirror, monkeypatch):
    write_archives(mirror / "flickr8k")
    use(monkeypatch, mirror / "flickr8k")


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_a_split_comes_in_the_official_order_with_its_captions(corpus, split):
    pictures = flickr8k.load(split)
    assert [picture.name for picture in pictures] == SPLIT_NAMES[split]
    for picture in pictures:
        name = picture.name
        wanted = (f"caption 0 of {name} .", f"caption 1 of {name} .")
        assert picture.captions == wanted
        assert picture.read() == f"pixels of {name}".encode()


def test_the_dead_id_and_what_macos_adds_are_in_no_split(corpus, build):
    names = {p.name for split in SPLIT_NAMES for p in flickr8k.load(split)}
    assert names == set(sum(SPLIT_NAMES.values(), []))
    assert not list(build.rglob("__MACOSX"))


def test_a_picture_the_archive_lacks_is_left_out_with_a_warning(
    mirror, monkeypatch, caplog
):
    write_archives(mirror / "flickr8k", absent=["2.jpg"])
    use(monkeypatch, mirror / "flickr8k")
    with caplog.at_level(logging.WARNING):
        pictures = flickr8k.load("train")
    assert [picture.name for picture in pictures] == ["9.jpg", "5.jpg"]
    assert "2.jpg left out, no picture" in caplog.text


def test_a_listed_picture_without_captions_is_left_out_with_a_warning(
    corpus, build, caplog
):
    flickr8k.load("dev")
    folder = build / "corpora/flickr8k/Flickr8k_text"
    (folder / "Flickr8k.token.txt").write_text("7.jpg#0\tonly this one\n")
    with caplog.at_level(logging.WARNING):
        assert flickr8k.load("dev") == []
    assert "1.jpg left out, no caption" in caplog.text


def test_the_public_archives_are_taken_with_bytes_that_differ_from_the_mirrors(
    tmp_path, monkeypatch, public
):
    write_archives(tmp_path / "mirrored")
    use(monkeypatch, tmp_path / "mirrored", public.url)
    write_archives(tmp_path / "published", absent=["3.jpg"])
    wanted = {}
    for file in (tmp_path / "published").iterdir():
        public.files[file.name] = file.read_bytes()
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        wanted[f"flickr8k/{file.name}"] = digest
    assert [picture.name for picture in flickr8k.load("test")] == ["7.jpg"]
    assert flickr8k.checksums() == wanted


def test_checksums_are_those_of_the_archives(corpus):
    assert flickr8k.checksums() == {path: sha for path, _, sha in flickr8k.SOURCES}


def test_a_split_that_does_not_exist_is_refused_by_name():
    with pytest.raises(ValueError, match="'train', 'dev', 'test'.*got 'valid'"):
        flickr8k.load("valid")


def test_each_source_has_a_public_address_and_a_sha256():
    for path, url, sha256 in flickr8k.SOURCES:
        assert url.startswith("https://") and url.endswith(path.rpartition("/")[2])
        assert len(bytes.fromhex(sha256)) == 32
    assert "non-commercial" in flickr8k.LICENCE
