"""A text model gives back every byte it compressed, refuses every other file, and draws text that a seed repeats."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import tracemalloc
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linnet.ir import program_to_bytes, run_codes
from linnet.runtime import Model, ModelError, PackedError, TextModel, text_file
from linnet.runtime.alphabet import UNKNOWN
from linnet.runtime.library import instruction_sets
from linnet.runtime.text_file import MAGIC
from tests.ir.programs import random_program
from tests.runtime.first_version import compressed_first
from tests.runtime.text_models import ALPHABET, any_bytes, known_text, program, text_model

BLOCK = 700
"""Of these tests, so that short texts have several."""

FIRST_OF_SHIPPED = "Oiol-0Z`iWVSaGZW3B-uX`ufWl>{_Jizs-xjKIlu>CYmt|Fiea+JWTLKyC;C`b>)g3jkMZAMm0"
"""Written by Linnet of commit f994e25."""

FIRST_OF_DRAWN = (
    "Oiol-0r5k~XO_91JD&k;ZFNE*VR%AiXL)L7cx7sGZ!8LVb$D)fXKQz1XJKn0VQFf5V{K)_q{FtuyyAkacx5hTYIkccXmEFRA!B+VZ)Rh1XK!U;b!&5TLT"
    "Ug{O^!O^"
)

TEXTS = {
    "empty": b"",
    "one byte": b"a",
    "one unknown byte": b"\xff",
    "known": known_text(1, 600),
    "known and unknown": b"".join(known_text(i, 40) + "äöü€".encode() for i in range(10)),
    "any": any_bytes(2, 900),
    "zeros": bytes(600),
    "two blocks and a bit": known_text(3, 2 * BLOCK + 5),
    "stored, then coded": any_bytes(4, BLOCK) + known_text(5, 400),
}


@pytest.fixture(autouse=True)
def _short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "BLOCK", BLOCK)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_comes_back_byte_for_byte(name: str) -> None:
    model, text = text_model(), TEXTS[name]
    assert model.decompress(model.compress(text)) == text


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=60), st.text(ALPHABET).map(str.encode)), max_size=8))
def test_pieces_of_any_size_give_the_file_of_the_whole(pieces: list[bytes]) -> None:
    model, text = text_model(), b"".join(pieces)
    packed = b"".join(model.compress_pieces(pieces))
    assert packed == model.compress(text)
    assert model.decompress(packed) == text


def test_the_frequencies_are_those_of_the_exact_interpreter() -> None:
    model, places = text_model(), text_model().alphabet.places(known_text(6, 300))
    codes = run_codes(program(), model.shown[places])
    np.testing.assert_array_equal(model.reading().frequencies_after(places), codes.astype(np.int64) + 1)
    reading = model.reading()
    steps = np.stack([reading.after(int(place)) for place in places])
    np.testing.assert_array_equal(steps, codes.astype(np.int64) + 1)


def test_a_known_byte_is_shown_as_a_one_and_an_unknown_byte_as_nothing() -> None:
    model = text_model()
    places = model.alphabet.places(b"b\xff")
    assert places.tolist() == [ALPHABET.index("b"), UNKNOWN]
    shown = model.shown[places]
    assert np.count_nonzero(shown, axis=1).tolist() == [1, 0]
    assert shown[0, ALPHABET.index("b")] == 1 << int(model.model.info.input_exponent)


def test_a_file_of_version_1_has_the_size_that_the_bits_say() -> None:
    model, text = text_model(), known_text(7, BLOCK)
    spare = 8 * len(compressed_first(model, text, BLOCK)) - model.bits(text)
    assert 0 <= spare < 8 * 40  # head, one block and end; the coder's own loss is far less than a byte


@pytest.mark.parametrize("name", TEXTS)
def test_files_of_version_1_come_back(name: str) -> None:
    model, text = text_model(), TEXTS[name]
    assert model.decompress(compressed_first(model, text, BLOCK)) == text


def test_files_that_were_written_when_version_1_was_new_come_back() -> None:
    known = (
        "It was the best of times, it was the worst of times. äöü".encode()
        + b"\0\xff It was the age of wisdom."
    )
    assert TextModel.from_pretrained().decompress(base64.b85decode(FIRST_OF_SHIPPED)) == known
    drawn = known_text(1, 40) + "äöü€".encode() + known_text(2, 30)
    assert text_model().decompress(base64.b85decode(FIRST_OF_DRAWN)) == drawn
    assert base64.b85decode(FIRST_OF_DRAWN) == compressed_first(text_model(), drawn, BLOCK)


def test_what_came_before_makes_a_text_smaller_than_the_network_alone_does() -> None:
    model, once = text_model(), known_text(20, 400)
    size, twice, ten_times = (len(model.compress(once * n)) for n in (1, 2, 10))
    assert size < model.bits(once) / 8 + 40
    assert twice - size < size / 4
    assert ten_times - twice < size / 4
    assert ten_times < model.bits(once * 10) / 8 / 6


def test_a_block_that_was_stored_was_learned_all_the_same() -> None:
    model, drawn = text_model(), any_bytes(21, BLOCK)
    packed = model.compress(drawn * 2)
    assert BLOCK < len(packed) < BLOCK + 120
    assert model.decompress(packed) == drawn * 2


def test_bits_are_those_of_the_likelihoods() -> None:
    model, text = text_model(), known_text(8, 200)
    places = model.alphabet.places(text)
    shown = np.concatenate(([model.alphabet.first], places[:-1])).astype(np.int32)
    frequencies = model.reading().frequencies_after(shown).astype(np.float64)
    likely = frequencies[np.arange(len(places)), places] / frequencies.sum(axis=1)
    assert model.bits(text) == pytest.approx(-np.log2(likely).sum(), abs=0.01 * len(text))


def test_many_unknown_bytes_cost_little_more_than_themselves() -> None:
    unknown = bytes(value for value in any_bytes(9, 3000) if value in text_model().alphabet.missing)
    cost = text_model().bits(unknown) / len(unknown)
    assert cost < np.log2(len(text_model().alphabet.missing)) + 0.2


def test_no_file_grows_by_more_than_its_frame() -> None:
    for size in (0, 1, 100, BLOCK + 1):
        assert len(text_model().compress(any_bytes(10, size))) <= size + 32


@pytest.mark.parametrize("version", [1, 2])
def test_every_cut_file_is_refused(version: int) -> None:
    model, text = text_model(), known_text(11, 30)
    packed = model.compress(text) if version == 2 else compressed_first(model, text, BLOCK)
    assert packed[len(MAGIC)] == version
    for size in range(len(packed)):
        with pytest.raises(PackedError):
            model.decompress(packed[:size])


@pytest.mark.parametrize("version", [1, 2])
def test_every_changed_byte_is_noticed(version: int) -> None:
    model, text = text_model(), known_text(12, 60)
    packed = model.compress(text) if version == 2 else compressed_first(model, text, BLOCK)
    for place in range(len(packed)):
        damaged = bytearray(packed)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(PackedError):
            model.decompress(bytes(damaged))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80), st.sampled_from([1, 2]))
def test_any_bytes_behind_a_right_head_are_refused_or_whole(rest: bytes, version: int) -> None:
    model = text_model()
    head = model.compress(b"")[: len(MAGIC) + 9]
    try:
        text = model.decompress(head[: len(MAGIC)] + bytes([version]) + head[len(MAGIC) + 1 :] + rest)
    except PackedError:
        return
    assert model.decompress(model.compress(text)) == text


def test_the_reasons_of_refusals_are_told() -> None:
    model, packed = text_model(), text_model().compress(b"abc")
    with pytest.raises(PackedError, match="does not begin as a text that linnet compress wrote"):
        model.decompress(b"")
    with pytest.raises(PackedError, match="does not begin as"):
        model.decompress(b"PK" + packed[2:])
    with pytest.raises(PackedError, match="is of version 3, and this Linnet knows versions 1 to 2"):
        model.decompress(packed[:4] + b"\3" + packed[5:])
    with pytest.raises(PackedError, match=r"was compressed with a model of checksum .* give the model file"):
        text_model(4).decompress(packed)
    with pytest.raises(PackedError, match="ends too early"):
        model.decompress(packed[:-1])
    with pytest.raises(PackedError, match="more bytes follow"):
        model.decompress(packed + b"x")
    with pytest.raises(PackedError, match="another length or checksum"):
        model.decompress(packed[:-1] + bytes([packed[-1] ^ 1]))


def test_a_model_that_is_of_no_text_is_refused() -> None:
    other = Model(program_to_bytes(random_program(3, bins=33)))
    with pytest.raises(ModelError, match="its recipe does not say"):
        TextModel(other)
    with pytest.raises(ModelError, match="takes 33 inputs"):
        TextModel(other, alphabet="abc")
    assert len(TextModel(other, alphabet=ALPHABET).alphabet) == 33


def test_a_seed_repeats_its_text_and_another_draws_another() -> None:
    model = text_model()
    draws = [b"".join(islice(model.generate(b"ab", seed=seed), 60)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    assert set(draws[0]) <= set(model.alphabet.symbols)


@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0, 2.0])
def test_a_temperature_sharpens_what_is_drawn(temperature: float) -> None:
    model, count = text_model(), 300
    reading = model.reading()
    drawn = list(islice(model.generate(b"", seed=5, temperature=temperature), count))
    frequencies = reading.after(model.alphabet.first).astype(np.float64)
    ranks = []
    for byte in drawn:
        place = model.alphabet.symbols.index(byte)
        ranks.append(np.mean(frequencies > frequencies[place]))
        frequencies = reading.after(place).astype(np.float64)
    if temperature == 0:
        assert max(ranks) == 0
    else:
        expected = {0.5: (0.0, 0.25), 1.0: (0.1, 0.4), 2.0: (0.2, 0.5)}[temperature]
        assert expected[0] < np.mean(ranks) < expected[1]


@pytest.mark.parametrize("temperature", [-1.0, float("nan"), float("inf")])
def test_a_temperature_that_draws_nothing_is_refused_at_once(temperature: float) -> None:
    with pytest.raises(ValueError, match="draws nothing"):
        text_model().generate(temperature=temperature)


def test_a_text_that_is_not_bytes_is_refused() -> None:
    model = TextModel.from_pretrained()
    for use in (model.bits, model.generate, model.compress):
        with pytest.raises(TypeError, match=r"a text of type str came.*text\.encode\(\)"):
            use("hello")  # type: ignore[arg-type]


def test_memory_does_not_grow_with_the_text() -> None:
    model = text_model()

    def largest(blocks: int) -> int:
        pieces = (known_text(i, 350) for i in range(2 * blocks))
        tracemalloc.start()
        for _ in model.compress_pieces(pieces):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    largest(2)
    assert largest(12) < 1.2 * largest(2)


SCRIPT = """
import sys
from tests.runtime.text_models import text_model
text = open(sys.argv[1], "rb").read()
packed = text_model().compress(text)
assert text_model().decompress(open(sys.argv[2], "rb").read()) == text
sys.stdout.buffer.write(packed)
"""


@pytest.mark.parametrize("isa", instruction_sets())
def test_every_instruction_set_writes_and_reads_the_same_file(isa: str, tmp_path: Path) -> None:
    text = TEXTS["known and unknown"]
    packed = text_model().compress(text)
    (tmp_path / "text").write_bytes(text)
    (tmp_path / "packed").write_bytes(packed)
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "text", tmp_path / "packed"],
        env={**os.environ, "LINNET_ISA": isa},
        capture_output=True,
        check=True,
    )
    assert there.stdout == packed


def test_a_file_is_read_only_as_far_as_it_is_needed() -> None:
    model = text_model()
    file = io.BytesIO(model.compress(TEXTS["two blocks and a bit"]))
    pieces = model.decompress_file(file, "it")
    assert len(next(pieces)) == BLOCK
    assert file.tell() < len(file.getvalue()) / 2 + 100
