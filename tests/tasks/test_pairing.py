"""Cuts that are used several times: still a pure function of seed and index, and never the same pair twice."""

from collections import Counter

import numpy as np
import pytest

from linnet.tasks.contract import Share
from linnet.tasks.denoise.mixtures import MixtureDataset, MixtureSettings
from linnet.tasks.denoise.pairing import NOISE, SPACING, SPEECH, PairedDataset, training_set
from tests.tasks.test_mixtures import SOURCES, arrays_of

TWICE = MixtureSettings(clip_seconds=0.1, batch=2, reuse=2, clean_probability=0.0, low_rate_probability=0.3)


def paired(seed: int = 0, share: Share = Share()) -> PairedDataset:  # noqa: B008 - a constant
    made = training_set(SOURCES, TWICE, seed, share)
    assert isinstance(made, PairedDataset)
    return made


def test_a_batch_depends_on_seed_and_index_alone():
    warm = paired()
    warm.batch(0), warm.batch(SPACING)
    for left, right in zip(
        arrays_of(warm.batch(SPACING + 3)), arrays_of(paired().batch(SPACING + 3)), strict=True
    ):
        assert np.array_equal(left, right)
    assert not np.array_equal(warm.batch(1).noisy, paired(seed=1).batch(1).noisy)


def test_processes_that_share_batches_read_the_rows_of_the_whole():
    whole = paired().batch(SPACING + 1)
    for process in (0, 1):
        part = paired(share=Share(process, 2)).batch(SPACING + 1)
        assert np.array_equal(part.noisy, whole.noisy[process : process + 1])


def test_every_cut_is_used_as_often_as_asked_and_never_twice_with_the_same_partner(monkeypatch):
    dataset, pairs = paired(), []
    cuts: list[tuple[int, int]] = []
    kept = dataset._cut

    def noted(kind: int, number: int):
        cuts.append((kind, number))
        return kept(kind, number)

    object.__setattr__(dataset, "_cut", noted)
    for index in range(2 * SPACING):
        cuts.clear()
        dataset.batch(index)
        pairs += list(zip(cuts[::2], cuts[1::2], strict=True))
    assert all(speech[0] == SPEECH and noise[0] == NOISE for speech, noise in pairs)
    assert len(set(pairs)) == len(pairs) == 2 * SPACING * TWICE.batch
    for side in zip(*pairs, strict=True):
        assert set(Counter(side).values()) == {TWICE.reuse}


def test_what_is_kept_does_not_grow(monkeypatch):
    dataset = paired()
    for index in range(5):
        dataset.batch(index)
    assert dataset._cut.cache_info().maxsize == 2 * TWICE.batch * SPACING  # type: ignore[attr-defined]


def test_cuts_that_are_used_once_are_mixed_as_ever():
    once = MixtureSettings(clip_seconds=0.1, batch=2)
    assert isinstance(training_set(SOURCES, once, 0), MixtureDataset)


@pytest.mark.parametrize("reuse", [0, 33])
def test_cuts_that_are_used_never_or_too_often_are_refused(reuse):
    with pytest.raises(ValueError, match=f"reuse={reuse} uses cuts never, or twice with the same partner"):
        MixtureSettings(reuse=reuse)
