import hashlib
import logging
import os
import signal
import stat
import subprocess
import sys
import zipfile

import pytest

from zoo.corpora import build_folder, fetch
from zoo.corpora.fetch import FetchError

BODY = b"a corpus, quite small " * 1000
SHA256 = hashlib.sha256(BODY).hexdigest()
DEAD_URL = "http://127.0.0.1:9/letters.txt"  # the discard port: nobody listens


def put_in(mirror, body=BODY):
    (mirror / "toy").mkdir(exist_ok=True)
    (mirror / "toy/letters.txt").write_bytes(body)


def assert_nothing_came(build):
    left = [file for file in build.rglob("*") if file.is_file()]
    assert left == []


def test_the_build_folder_is_build_unless_the_environment_names_one(monkeypatch):
    monkeypatch.setenv("ZOO_BUILD", "/somewhere/else")
    assert str(build_folder()) == "/somewhere/else"
    monkeypatch.delenv("ZOO_BUILD")
    assert str(build_folder()) == "build"


def test_a_file_comes_from_the_mirror_without_asking_the_public_address(
    mirror, build, public
):
    put_in(mirror)
    file = fetch.fetch("toy/letters.txt", public.url("letters.txt"), SHA256)
    assert file == build / "corpora/toy/letters.txt"
    assert file.read_bytes() == BODY
    assert public.asked == []


def test_a_file_the_mirror_lacks_comes_from_the_public_address(mirror, public):
    public.files["letters.txt"] = BODY
    file = fetch.fetch("toy/letters.txt", public.url("letters.txt"), SHA256)
    assert file.read_bytes() == BODY


def test_without_a_mirror_the_public_address_is_used_and_its_sha256_logged(
    public, caplog
):
    public.files["letters.txt"] = BODY
    with caplog.at_level(logging.INFO):
        file = fetch.fetch("toy/letters.txt", public.url("letters.txt"))
    assert file.read_bytes() == BODY
    assert SHA256 in caplog.text
    assert fetch.recorded_sha256(file) == SHA256
    assert SHA256 in file.with_name("letters.txt.sha256").read_text()


def test_a_file_that_is_here_is_not_fetched_again(public):
    public.files["letters.txt"] = BODY
    for _ in range(2):
        fetch.fetch("toy/letters.txt", public.url("letters.txt"), SHA256)
    assert public.asked == ["letters.txt"]


def test_a_wrong_file_put_here_by_hand_is_refused(build):
    place = build / "corpora/toy/letters.txt"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"something else")
    with pytest.raises(FetchError, match=f"letters.txt must be {SHA256}"):
        fetch.fetch("toy/letters.txt", DEAD_URL, SHA256)


def test_the_recorded_sha256_follows_a_file_that_is_replaced(tmp_path):
    file = tmp_path / "letters.txt"
    file.write_bytes(b"first")
    fetch.recorded_sha256(file)
    file.write_bytes(BODY)
    later = (tmp_path / "letters.txt.sha256").stat().st_mtime_ns + 10**9
    os.utime(file, ns=(later, later))
    assert fetch.recorded_sha256(file) == SHA256


def test_a_wrong_sha256_in_the_mirror_is_an_error_that_names_both_addresses(
    mirror, build, public
):
    put_in(mirror, b"tampered")
    public.files["letters.txt"] = BODY
    url = public.url("letters.txt")
    with pytest.raises(FetchError) as caught:
        fetch.fetch("toy/letters.txt", url, SHA256)
    for part in ("toy/letters.txt", str(mirror / "toy/letters.txt"), url, SHA256):
        assert part in str(caught.value)
    assert public.asked == []
    assert_nothing_came(build)


def test_a_wrong_sha256_from_the_public_address_leaves_nothing_behind(build, public):
    public.files["letters.txt"] = b"a login page"
    url = public.url("letters.txt")
    with pytest.raises(FetchError, match="hash") as caught:
        fetch.fetch("toy/letters.txt", url, SHA256)
    assert SHA256 in str(caught.value)
    assert_nothing_came(build)


def test_where_the_bytes_differ_the_sha256_is_asked_of_the_mirror_only(mirror, public):
    public.files["letters.txt"] = b"the public bytes"
    arguments = ("toy/letters.txt", public.url("letters.txt"), SHA256)
    file = fetch.fetch(*arguments, same_bytes=False)
    assert file.read_bytes() == b"the public bytes"
    assert fetch.fetch(*arguments, same_bytes=False) == file  # still welcome
    file.unlink()
    put_in(mirror, b"neither")
    with pytest.raises(FetchError, match=SHA256):
        fetch.fetch(*arguments, same_bytes=False)


def test_a_file_nobody_has_is_an_error_that_names_both_addresses(mirror, build):
    with pytest.raises(FetchError) as caught:
        fetch.fetch("toy/letters.txt", DEAD_URL, SHA256)
    for part in ("toy/letters.txt", str(mirror / "toy/letters.txt"), DEAD_URL):
        assert part in str(caught.value)
    assert "no such file" in str(caught.value)
    assert_nothing_came(build)


def test_without_a_mirror_the_error_says_that_none_is_set(public):
    with pytest.raises(FetchError, match="ZOO_MIRROR is not set.*404"):
        fetch.fetch("toy/letters.txt", public.url("letters.txt"))


def test_a_download_cut_short_is_an_error_and_leaves_nothing_behind(build, public):
    public.files["letters.txt"] = BODY
    public.cut.add("letters.txt")
    with pytest.raises(FetchError, match="letters.txt"):
        fetch.fetch("toy/letters.txt", public.url("letters.txt"))
    assert_nothing_came(build)


def test_a_server_that_fails_once_is_asked_again(public, monkeypatch):
    monkeypatch.setattr(fetch, "RETRIES", 1)
    public.files["letters.txt"] = BODY
    public.failures["letters.txt"] = 1
    file = fetch.fetch("toy/letters.txt", public.url("letters.txt"), SHA256)
    assert file.read_bytes() == BODY
    assert len(public.asked) == 2


def test_a_process_killed_while_downloading_leaves_no_file_under_the_final_name(
    build, public
):
    public.files["letters.txt"] = BODY
    public.stall.add("letters.txt")
    url = public.url("letters.txt")
    code = f"from zoo.corpora.fetch import fetch; fetch('toy/letters.txt', {url!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        assert public.half_sent.wait(60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not (build / "corpora/toy/letters.txt").exists()
    public.stall.clear()
    assert fetch.fetch("toy/letters.txt", url).read_bytes() == BODY


def test_held_says_whether_a_file_can_be_had_without_a_network(mirror, build):
    assert not fetch.held("toy/letters.txt")
    put_in(mirror)
    assert fetch.held("toy/letters.txt")
    fetch.fetch("toy/letters.txt", DEAD_URL)
    (mirror / "toy/letters.txt").unlink()
    assert fetch.held("toy/letters.txt")


def archive_of(tmp_path, members, name="toy.zip"):
    archive = tmp_path / name
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for member, body in members.items():
            zipped.writestr(member, body)
    return archive


def members_of(folder):
    files = (file for file in folder.rglob("*") if file.is_file())
    names = {str(file.relative_to(folder)): file.read_bytes() for file in files}
    names.pop(fetch.STAMP, None)
    return names


def test_an_archive_is_unpacked_without_what_macos_adds(tmp_path):
    members = {"a/b.txt": b"b", "c.txt": b"c", "__MACOSX/a/._b.txt": b"junk"}
    folder = fetch.unzip(archive_of(tmp_path, members), tmp_path / "out")
    assert members_of(folder) == {"a/b.txt": b"b", "c.txt": b"c"}


def test_an_archive_unpacked_before_is_left_alone(tmp_path):
    archive = archive_of(tmp_path, {"a.txt": b"a"})
    folder = fetch.unzip(archive, tmp_path / "out")
    (folder / "mark").touch()
    assert (fetch.unzip(archive, folder) / "mark").exists()


def test_of_two_processes_that_unpack_at_once_the_faster_one_counts(
    tmp_path, monkeypatch
):
    archive = archive_of(tmp_path, {"a.txt": b"a"})
    slow = zipfile.ZipFile.extractall

    def overtaken(self, path, members):
        monkeypatch.setattr(zipfile.ZipFile, "extractall", slow)
        (fetch.unzip(archive, tmp_path / "out") / "mark").touch()
        slow(self, path, members)

    monkeypatch.setattr(zipfile.ZipFile, "extractall", overtaken)
    assert (fetch.unzip(archive, tmp_path / "out") / "mark").exists()
    assert not list(tmp_path.glob(".unzip-*"))


def test_another_archive_replaces_the_whole_folder(tmp_path):
    first = archive_of(tmp_path, {"old.txt": b"old"}, "first.zip")
    second = archive_of(tmp_path, {"new.txt": b"new"}, "second.zip")
    fetch.unzip(first, tmp_path / "out")
    fetch.unzip(second, tmp_path / "out")
    assert members_of(tmp_path / "out") == {"new.txt": b"new"}


def test_a_folder_left_half_made_by_others_is_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/half.txt").write_bytes(b"ha")
    fetch.unzip(archive_of(tmp_path, {"a.txt": b"a"}), tmp_path / "out")
    assert members_of(tmp_path / "out") == {"a.txt": b"a"}


@pytest.mark.parametrize(
    "name",
    ["../out.txt", "a/../../out.txt", "/out.txt", "C:/out.txt", "..\\out.txt", "C:out"],
)
def test_a_member_that_leaves_the_folder_is_refused_before_any_is_written(
    tmp_path, name
):
    archive = archive_of(tmp_path, {"good.txt": b"good", name: b"evil"})
    with pytest.raises(FetchError, match="inside the folder"):
        fetch.unzip(archive, tmp_path / "deep/out")
    assert list((tmp_path / "deep").iterdir()) == []
    assert not (tmp_path / "out.txt").exists()


def test_a_member_that_is_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = archive_of(tmp_path, {link: b"/etc"})
    with pytest.raises(FetchError, match="inside the folder, got 'link'"):
        fetch.unzip(archive, tmp_path / "out")


@pytest.mark.parametrize("damage", ["not a zip", "cut", "bit"])
def test_a_damaged_archive_is_an_error_and_leaves_no_folder(tmp_path, damage):
    archive = archive_of(tmp_path, {"a.txt": os.urandom(4096), "b.txt": b"b"})
    body = archive.read_bytes()
    flipped = body[:2000] + bytes([body[2000] ^ 1]) + body[2001:]
    damaged = {"not a zip": b"<html>", "cut": body[:-30], "bit": flipped}
    archive.write_bytes(damaged[damage])
    with pytest.raises(FetchError, match="toy.zip must be a whole zip file"):
        fetch.unzip(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()
