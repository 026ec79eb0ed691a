"""Groups, splits, limits and places of a mapped program."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.hardware.groups import network_of, weights_of
from linnet.hardware.mapping import Mapping, map_program
from linnet.hardware.mesh import places, routes
from linnet.hardware.microcode import kind_of
from linnet.hardware.packing import axon_words
from linnet.hardware.parameters import Chip, Quantity
from linnet.hardware.split import by_load, by_place
from linnet.hardware.synapses import expected_synops
from linnet.ir import GatedRecurrence, Linear, Node, Program
from tests.hardware.small import half_active, loihi2, mapped, small_program
from tests.ir.programs import random_program


def limited(**limits: float) -> Chip:
    """Loihi 2 with other limits."""
    chip = loihi2()
    changed = {name: Quantity(v, v, v, "1", "guess", "a test") for name, v in limits.items()}
    return dataclasses.replace(chip, quantities={**chip.quantities, **changed})


def test_three_blocks_are_eleven_groups_as_in_the_paper() -> None:
    network = network_of(random_program(0, layers=3))
    layer = ["states", "outputs", "gate"]
    expected = [f"layer {number} {name}" for number in (1, 2, 3) for name in layer]
    assert [group.name for group in network.groups] == ["encoder", *expected, "decoder"]
    assert [group.level for group in network.groups] == list(range(1, 12))
    assert network.steps == 11


def test_a_complex_matrix_is_two_layers_of_synapses() -> None:
    network = network_of(random_program(0, layers=1))
    names = [each.name for each in network.connections if each.node is not None]
    assert names == [
        "encoder",
        *("layer 1 B real", "layer 1 B imaginary", "layer 1 C real", "layer 1 C imaginary"),
        *("layer 1 W", "decoder"),
    ]


def test_skip_paths_wait_for_the_longer_path() -> None:
    network = network_of(random_program(0, layers=1))
    delays = {each.name: each.delay for each in network.connections if each.delay > 1}
    assert sorted(delays.values()) == [2, 3]  # to D, and to the sum behind the gate


def stored(mapping: Mapping) -> int:
    return sum(
        int(mapping.synapses(core, bundle).sum())
        for core in range(len(mapping.cores))
        for bundle in mapping.bundles[mapping.cores[core].group]
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 2), st.integers(1, 3))
def test_every_nonzero_weight_is_stored_once_and_no_zero(seed: int, layers: int, times: int) -> None:
    program = small_program(seed, layers=layers)
    network = network_of(program)
    mapping = mapped(program, cores=times * len(network.groups))
    matrices = [np.count_nonzero(node.weight) for node in network.program.nodes if isinstance(node, Linear)]
    handed = [network.groups[each.target].width for each in network.connections if each.node is None]
    assert stored(mapping) == sum(matrices) + sum(handed)
    for group in range(len(network.groups)):
        rows = np.concatenate([mapping.cores[core].rows for core in mapping.cores_of(group)])
        assert sorted(rows.tolist()) == list(range(network.groups[group].width))


def test_the_parts_of_a_matrix_are_the_matrix() -> None:
    program = random_program(1, layers=1)
    network = network_of(program)
    whole = {
        index: np.zeros_like(n.weight)
        for index, n in enumerate(network.program.nodes)
        if isinstance(n, Linear)
    }
    for each in network.connections:
        part = weights_of(program, each)
        if part is not None and each.node is not None:
            whole[each.node][each.rows, each.columns] += part
    for index, weight in whole.items():
        node = network.program.nodes[index]
        assert isinstance(node, Linear)
        assert np.array_equal(weight, node.weight)


def test_a_complex_state_stays_on_one_core() -> None:
    program = random_program(2, states=16)
    mapping = mapped(program, cores=24)
    for core in mapping.cores:
        group = mapping.network.groups[core.group]
        if group.paired:
            half = core.rows.size // 2
            assert np.array_equal(core.rows[:half] + group.atoms, core.rows[half:])


def heaviest(program: Program, mapping: Mapping, group: int) -> float:
    loads = expected_synops(mapping.bundles[group], half_active(program))
    return max(float(loads[mapping.cores[core].rows].sum()) for core in mapping.cores_of(group))


def test_a_split_by_load_lowers_the_heaviest_core() -> None:
    program = random_program(4, features=64, states=64, layers=2, density=0.1)
    rng = np.random.default_rng(0)
    nodes = [skewed(node, rng) for node in program.nodes]
    program = dataclasses.replace(program, nodes=tuple(nodes))
    balanced, halved = (mapped(program, cores=32, split=split) for split in (by_load, by_place))
    both = [
        [heaviest(program, each, group) for group in range(len(each.network.groups))]
        for each in (balanced, halved)
    ]
    assert max(both[0]) < 0.9 * max(both[1])


def skewed(node: Node, rng: np.random.Generator) -> Node:
    """Rows of very different numbers of nonzeros, the first ones full."""
    if not isinstance(node, Linear):
        return node
    rows, columns = node.weight.shape
    keep = rng.random((rows, columns)) < np.linspace(1, 0, rows)[:, None] ** 4
    weight = np.where(keep, np.sign(rng.normal(size=(rows, columns))), 0).astype(np.int8)
    return dataclasses.replace(node, weight=weight)


def test_more_cores_than_neurons_and_less_than_a_chip_are_refused() -> None:
    program = random_program(3)
    with pytest.raises(ValueError, match=r"100,000 cores were asked for, but the model has .* neurons"):
        mapped(program, cores=100_000)
    with pytest.raises(ValueError, match="-1 chips were asked for"):
        map_program(program, loihi2(), activity=half_active(program), chips=-1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60), st.integers(1, 8))
def test_a_split_by_load_is_as_good_as_its_bound(loads: list[float], cores: int) -> None:
    values = np.array(loads)
    parts = by_load(values, cores)
    assert sorted(np.concatenate(parts).tolist()) == list(range(values.size))
    lower = max(float(values.max()), float(values.sum()) / cores)
    assert max(float(values[part].sum()) for part in parts) <= 2 * lower + 1e-9


def test_the_packing_rule_is_that_of_the_listing() -> None:
    # 50 sparse synapses of 8 + 7 bits: a block of 32 (490 bits, 8 words) and one of 18 (280 bits, 5 words)
    assert axon_words([50], targets=128, chip=loihi2()) == 8 + 5
    # dense without indices: 128 synapses are four blocks of 266 bits, 5 words each
    assert axon_words([128], targets=128, chip=loihi2()) == 4 * 5
    assert axon_words([0], targets=128, chip=loihi2()) == 0


def test_a_group_is_split_until_its_synapses_fit() -> None:
    program = random_program(6, features=40, states=40, layers=1, density=1.0)
    chip = limited(synapse_words=600)
    mapping = map_program(program, chip, activity=half_active(program), cores=None)
    assert max(use.synapse_words for use in mapping.uses) <= 600
    assert len(mapping.cores) > len(mapping.network.groups)


def test_what_fits_on_no_core_names_the_limit_and_by_how_much() -> None:
    program = random_program(6, bins=257, features=40, layers=1, density=1.0)
    with pytest.raises(ValueError, match=r"encoder does not fit.*257 axons in, 2.57 times the limit of 100"):
        map_program(program, limited(axons_in=100), activity=half_active(program))


def test_too_few_chips_are_refused_by_how_much() -> None:
    program = random_program(6, features=40, states=40, layers=1, density=1.0)
    chip = limited(cores=4)
    with pytest.raises(ValueError, match=r"needed, 1.25 times the 4 that 1 of Intel Loihi 2 have"):
        map_program(program, chip, activity=half_active(program), chips=1)
    mapping = map_program(program, chip, activity=half_active(program))
    assert mapping.chips == -(-len(mapping.cores) // 4) > 1


def test_too_few_cores_are_refused() -> None:
    with pytest.raises(ValueError, match="3 cores were asked for"):
        mapped(small_program(0), cores=3)


def test_messages_go_along_x_first_and_share_the_link_between_chips() -> None:
    chip = loihi2()
    found = routes([((0, 0), (2, 1)), ((7, 3), (8, 3)), ((7, 0), (8, 0)), ((1, 1), (1, 1))], chip)
    assert found.hops.tolist() == [3, 1, 1, 0]
    assert ((0, 0), (1, 0)) in found.links
    assert ((2, 0), (2, 1)) in found.links
    assert found.between_chips.sum() == 1
    shared = found.crosses[:, found.between_chips][:, 0]
    assert shared.tolist() == [0, 1, 1, 0]


def test_neighbouring_cores_are_at_neighbouring_routers_of_their_chip() -> None:
    chip = loihi2()
    routers = places(250, chip)
    for first, second in pairwise(routers):
        same_chip = first[0] // 8 == second[0] // 8
        assert not same_chip or abs(first[0] - second[0]) + abs(first[1] - second[1]) <= 1
    assert max(x for x, _ in routers) // 8 == 2  # 120 cores on each of the first two chips


def test_a_gated_recurrence_is_one_group_with_its_gates() -> None:
    program = random_program(0, layers=2)
    network = network_of(program)
    gated = next(i for i, node in enumerate(program.nodes) if isinstance(node, GatedRecurrence))
    group = next(each for each in network.groups if gated in each.nodes)
    matrices = [index for index in group.nodes if isinstance(program.nodes[index], Linear)]
    assert group.name == "layer 2 states"
    assert len(matrices) == 2  # the candidates and the gates, both accumulators of the same neurons


def test_a_kind_of_node_without_microcode_is_refused_by_name() -> None:
    class Surprise(Node):
        """A kind that no chip knows."""

    with pytest.raises(
        ValueError, match=r"kind Surprise came, for which there is no microcode.*use nodes of"
    ):
        kind_of(Surprise())
