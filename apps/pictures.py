"""Where a picture comes from: a sample, an upload, the camera, or the test set."""

import io
import logging
import random
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

from zoo import corpora
from zoo.corpora import flickr8k
from zoo.corpora.pictures import MAX_BYTES, MAX_PIXELS, Picture

# Photographs that come inside the scikit-image package: nothing is downloaded.
SAMPLES = {
    "A motorcycle": "motorcycle_left.png",
    "An astronaut": "astronaut.png",
    "A cat": "chelsea.png",
    "A rocket": "rocket.jpg",
    "A cup of coffee": "coffee.png",
}
SAMPLE, UPLOAD, CAMERA = "Sample photograph", "Upload", "Camera"
TEST_SET = "Flickr8k test picture"
MEGABYTES = MAX_BYTES // 2**20
LARGEST_SIDE = 480  # pixels shown; the models get the file as it came

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Picked:
    """A picture to caption.

    Args:
        image_bytes: the file as it came.
        captions: what people wrote about it, where that is known.
    """

    image_bytes: bytes
    captions: tuple[str, ...] = ()


def pick() -> Picked | None:
    """Show the sources and the chosen one's widget; None until there is a picture."""
    tested = test_pictures()
    sources = [SAMPLE, UPLOAD, CAMERA] + [TEST_SET] * bool(tested)
    source = st.radio("Picture", sources, horizontal=True, key="source")
    if source == TEST_SET:
        return _from_test_set(tested)
    if source == SAMPLE:
        name = st.selectbox("Which", SAMPLES, key="sample")
        return Picked(files("skimage").joinpath("data", SAMPLES[name]).read_bytes())
    sent = (
        st.camera_input("Take a picture", key="camera")
        if source == CAMERA
        else st.file_uploader(
            f"A JPEG, PNG or GIF of at most {MEGABYTES} MB and "
            f"{MAX_PIXELS // 10**6} megapixels",
            type="image",
            max_upload_size=MEGABYTES,
            key="upload",
        )
    )
    return None if sent is None else Picked(sent.getvalue())


def _from_test_set(tested: dict[str, Picture]) -> Picked:
    """Show a number and a dice for the pictures of the test set."""
    last = len(tested)

    def throw() -> None:
        st.session_state["number"] = random.randint(1, last)

    number, dice = st.columns([2, 1], vertical_alignment="bottom")
    chosen = number.number_input(f"Number, 1 to {last}", 1, last, key="number")
    dice.button("Another one", on_click=throw, width="stretch", key="another")
    picture = list(tested.values())[chosen - 1]
    return Picked(picture.read(), picture.captions)


def test_pictures() -> dict[str, Picture]:
    """Return the Flickr8k test pictures by name, or nothing where they are not here.

    A page never starts a download of a gigabyte, so it looks before it asks.
    """
    corpus = corpora.build_folder() / "corpora"
    archives = [corpus / path for path, _, _ in flickr8k.SOURCES]
    here = all(file.is_file() and file.with_suffix("").is_dir() for file in archives)
    return _test_pictures(str(corpus.resolve())) if here else {}


@st.cache_resource(show_spinner="Reading the test set …")
def _test_pictures(corpus: str) -> dict[str, Picture]:
    try:
        return {picture.name: picture for picture in flickr8k.load("test")}
    except (OSError, ValueError) as error:
        log.warning("the test pictures in %s cannot be read: %s", corpus, error)
        return {}


def shown(image_bytes: bytes) -> Image.Image:
    """Return the picture upright, in RGB over white, small enough for a page."""
    with Image.open(io.BytesIO(image_bytes)) as file:
        file.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
        picture = ImageOps.exif_transpose(file)
    if picture.mode.startswith("I"):  # 16-bit grey, which Pillow would clip to white
        grey = np.asarray(picture).astype(np.int32) >> 8  # [height, width]
        picture = Image.fromarray(grey.astype(np.uint8))
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")
