"""The decoding benchmark: its contestants do the same work. No time is tested here."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from bench import decode, decode_profile, decode_report, measuring, translators
from bench.workers import Workers
from tests.small_captioners import spread
from tests.small_translators import PARTS, small_translator
from zoo import recipes
from zoo.export.beam_search import BeamSearch
from zoo.export.translate_signatures import TranslationSearch, most_written
from zoo.models.translator import build_translator
from zoo.prepare.translate import READING
from zoo.tokens import END, PAD, START, UNKNOWN

SOURCE = np.array([[4, 9, 7, 300, 12], [5, 6, 320, 8, 44], [17, 4, 4, 90, 11]])
LENGTH = 12


def searched(model, beam, limits=None):
    """What our search finds: tokens [B, K, T] and scores [B, K]."""
    rows = [len(SOURCE)]
    found = BeamSearch(model, LENGTH)(
        tf.constant(SOURCE, tf.int32), tf.fill(rows, beam), tf.fill(rows, 0.0), limits
    )
    return [value.numpy() for value in found]


@pytest.mark.parametrize("beam", [1, 4])
def test_without_a_cache_the_search_finds_the_same(beam):
    model = small_translator("transformer")
    for ours, theirs in zip(
        searched(model, beam),
        searched(translators.Recomputing(model, LENGTH), beam),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.peers
@pytest.mark.parametrize("normalize_first", [True, False])
@pytest.mark.parametrize("beam", [1, 4])
def test_ctranslate2_finds_the_same_with_our_weights(beam, normalize_first):
    from bench import on_ctranslate2

    part = {**PARTS["transformer"][0], "normalize_first": normalize_first}
    model = build_translator({"encoder": part, "decoder": part, "width": 8}, 330)
    spread(model, seed=4)
    # It never writes START or PAD where nothing forbids them; we do not ask it to.
    bias = model.output_bias.numpy()
    bias[[PAD, UNKNOWN, START]] = -1e9
    model.output_bias.assign(bias)
    translator = on_ctranslate2.opened(model)
    rows = [[str(token) for token in row] for row in SOURCE]
    theirs = translator.translate_batch(
        rows,
        beam_size=beam,
        num_hypotheses=beam,
        length_penalty=0,
        max_decoding_length=LENGTH,
        return_scores=True,
        return_end_token=True,
    )
    tokens, scores = searched(model, beam)
    for row, found in enumerate(theirs):
        best = [token for token in tokens[row, 0].tolist() if token != PAD]
        words = [END if word == "</s>" else int(word) for word in found.hypotheses[0]]
        assert words == best
        assert found.scores[0] == pytest.approx(scores[row, 0], rel=1e-3)


@pytest.mark.peers
@pytest.mark.parametrize("beam", [1, 3])
def test_kerashub_writes_as_many_pieces_and_none_that_is_forbidden(beam):
    from bench.keras_hub_translator import KerasHubTranslator

    recipe = recipes.get("translate-en-de-transformer")
    search = KerasHubTranslator(recipe.model, 330, beam, LENGTH)
    found = tf.function(search)(tf.constant(SOURCE, tf.int32)).numpy()
    assert found.shape == (len(SOURCE), 1 + LENGTH) and (found[:, 0] == START).all()
    assert not np.isin(found[:, 1:], [PAD, UNKNOWN, START, END]).any()
    if beam > 1:
        return
    # Greedy: each piece is the likeliest after those before, read anew, no cache.
    memory = search.embed(tf.constant(SOURCE), 0)
    for block in search.encoders:
        memory = block(memory)
    hidden = search.embed(tf.constant(found[:, :-1]), 0)
    for block in search.decoders:
        hidden = block(hidden, memory)
    logits = search.embedding(hidden, reverse=True) + search.never
    np.testing.assert_array_equal(np.argmax(logits, axis=-1), found[:, 1:])


def test_sources_and_translations_have_as_many_pieces_as_asked():
    texts, ids = translators.sentences(2, translators.pieces_for(16))
    assert ids.shape == (2, 3) and len(set(texts)) == 2
    assert translators.learned().size == READING.size
    ours = TranslationSearch(translators.make("gru"), translators.learned())
    tokens, _ = ours.best(ours.read(tf.constant(texts)), tf.fill([2], 2), [0.0, 0.0])
    tokens = tokens.numpy()
    assert ((tokens != PAD).sum(axis=-1) == 16).all() and (tokens[..., -1] == END).all()
    assert not (tokens[..., :-1] == END).any()


@pytest.mark.parametrize("sizes", [decode.FULL, decode.QUICK])
def test_every_length_can_be_written(sizes):
    for written in (sizes["written"], *sizes["lengths"]):
        assert int(most_written(translators.pieces_for(written))) == written


@pytest.mark.parametrize("quick", [True, False])
def test_cases_have_names_of_their_own(quick):
    found = decode.cases(quick)
    assert len({case.name for case in found}) == len(found)
    for case in found:
        names = [contestant.name for contestant in case.contestants]
        assert len(set(names)) == len(names)
        assert set(decode_report.OURS) <= set(names)
    reported = {name for names in decode_report.SETTINGS.values() for name in names}
    assert reported == {contestant.name for contestant in decode.PEERS}


@pytest.mark.peers
@pytest.mark.parametrize("peer", [one for one in decode.PEERS if "ct" in one.maker])
def test_ctranslate2_writes_as_many_pieces_as_asked(peer):
    from bench import on_ctranslate2

    case = decode.cases(quick=True)[-1]
    found = on_ctranslate2.hold(dataclasses.asdict(peer), case.asdict(), ())()
    assert len(found) == case.sizes["batch"]
    for row in found:
        assert len(row.hypotheses) == case.sizes["beam"] == len(row.scores)
        assert {len(words) for words in row.hypotheses} == {case.sizes["length"]}


@pytest.mark.peers
def test_every_contestant_is_measured():
    case = decode.cases(quick=True)[0]
    with Workers() as workers:
        found = measuring.measure(workers, case, count=2, least=0.0)
    assert not found["left_out"]
    names = {contestant.name for contestant in decode.OURS + decode.PEERS}
    assert set(found["seconds"]) == names


def entry(group, beam, batch, length, seconds):
    """An entry made up by hand."""
    case = decode.case_of(group, beam, batch, length, ())
    return {
        **case.asdict(),
        "contestants": list(seconds),
        "seconds": seconds,
        "left_out": {"keras_hub tensorflow XLA": "was not there"},
        "rounds": 3,
        "date": "2020-01-02 03:04 UTC",
    }


def made_up():
    """A JSON file's content with numbers chosen by hand."""
    peers = {
        "zoo tensorflow": [0.2, 0.2, 0.4],
        "recomputing tensorflow": [1.0, 1.0, 1.0],
        "keras_hub tensorflow": [0.3, 0.3, 0.3],
        "ctranslate2": [0.1, 0.1, 0.1],
    }
    lengths = {"zoo tensorflow": [0.16, 0.16, 0.16]}
    entries = [
        entry("peers", 5, 64, 32, peers),
        entry("lengths", 1, 16, 16, lengths),
        entry("lengths", 1, 16, 32, {"zoo tensorflow": [0.64, 0.64, 0.64]}),
    ]
    return {
        "machine": "An abacus, 2 cores",
        "versions": {"ctranslate2": {"ctranslate2": "1.2.3"}},
        "quick": False,
        "entries": {found["name"]: found for found in entries},
    }


def test_the_report_says_what_was_measured(tmp_path):
    text = decode_report.markdown(made_up())
    assert "An abacus, 2 cores." in text and "median of 3 rounds" in text
    assert "| zoo tensorflow | 200 (200-300) |" in text
    assert "| zoo tensorflow | 320 |" in text  # 64 rows in 0.2 s
    # 0.2 s over 1, 0.3 and 0.1: asked 0.25, 0.5 and 2.
    assert (
        "| beam 5 B=64 T=32 | 0.20 (0.20-0.30), <= 0.25: met | "
        "0.67 (0.67-1.00), <= 0.5: **not met** | 2.00 (2.00-3.00), <= 2.0: met | - |"
    ) in text
    assert "| Transformer, greedy | 10 (10-10) | 20 (20-20) |" in text  # ms a piece
    assert "- keras_hub tensorflow XLA: was not there" in text
    decode_report.write(made_up(), tmp_path / "decode")
    assert (tmp_path / "decode.md").read_text("utf-8") == text


def test_a_quick_report_judges_nothing():
    text = decode_report.markdown({**made_up(), "quick": True})
    assert "mean nothing" in text and "met" not in text


def test_a_profile_adds_up_the_kernels_of_a_kind():
    kernels = [("MatMul", 30), ("BatchMatMulV2", 30), ("ConcatV2", 20), ("AddV2", 20)]
    lines = decode_profile.table(kernels * 2, steps=2)
    assert lines[2:] == [
        "| products of matrices | 2 | 60 |",
        "| caches and memory: joining, picking hypotheses | 1 | 20 |",
        f"| {decode_profile.SMALL} | 1 | 20 |",
        "| all | 4 | 100 |",
    ]


def test_a_quick_profile_has_a_table_for_each_search(tmp_path):
    decode_profile.main(["--quick", "--folder", str(tmp_path)])
    report = (tmp_path / "decode-profile-quick.md").read_text("utf-8")
    assert report.count("| products of matrices |") == 4
    assert report.count("## beam 2, ") == report.count("## greedy, ") == 2
