"""Published measurements on Loihi 2, each beside what the cost model makes of its workload.

A case that set a parameter of chips/loihi2.toml is no independent proof and says so. Workloads are counts from the
publications; what they leave open is assumed evenly spread. "as quoted": read in others' notes, not in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from linnet.hardware.cost import Estimate, Range, estimate
from linnet.hardware.parameters import Chip
from linnet.hardware.workload import Workload, uniform_workload

MICRO, MILLI = 1e6, 1e3
ASSUMED = "the assumed workload"
"""What a publication leaves open was assumed with its figure known, so agreement there proves little."""
JETSON_WATTS = Range(4.4, 8.9, 12.9)  # Orin Nano at work: arXiv:2510.13757, 2511.01553, 2503.18002, as quoted


@dataclass(frozen=True)
class Case:
    """One published figure and its prediction, both in `unit`. `sets` names what it set: a parameter, or ASSUMED."""

    number: int
    workload: str
    quantity: str
    unit: str
    published: float
    predicted: Range
    sets: str
    source: str

    @property
    def ratio(self) -> float:
        """Predicted at the default / published."""
        return self.predicted.default / self.published

    @property
    def independent(self) -> bool:
        """Whether the figure set no parameter of the model and no assumption about the workload."""
        return not self.sets

    @property
    def inside(self) -> bool:
        """Whether the published figure lies within the predicted range, to the 1 % that parameters are rounded to."""
        return 0.99 * self.predicted.low <= self.published <= 1.01 * self.predicted.high


def published_cases(chip: Chip) -> tuple[Case, ...]:
    """All cases with enough numbers, by the parameters of `chip`."""
    parts = (_pilotnet, _language_model, _autoencoder, _q_learning, _static_power, _ratios, _peak)
    return tuple(case for part in parts for case in part(chip))


def _price(work: Workload, chip: Chip) -> Estimate:
    return estimate(work, chip, frame_s=0.0)


def _pilotnet(chip: Chip) -> Iterator[Case]:
    """Cases 1 and 2: 16 steps of a spiking network per image; one image a step, its pixels sent by the host."""
    case = _named(1, "PilotNet, leaky integrate-and-fire, 74 cores", "lava-dl pilotnet_snn/benchmark.ipynb")
    base = uniform_workload(steps=1, synops=14.55e6, updates=158_509, messages=0, cores=74, chips=1)
    price = _price(replace(base, synops=0 * base.synops, neurons=base.neurons * 0 + 3168), chip)
    yield case("time of a step", "us", 152.8, price.latency_s.times(MICRO), "t_neu, high end")
    silent = _price(replace(base, all_synops=0 * base.all_synops), chip).energy_j["dynamic"]
    full = price.energy_j["dynamic"]
    middle = Range(silent.low, (silent.default + full.default) / 2, full.high)
    yield case("dynamic energy of a step", "uJ", 1094 / 16, middle.times(MICRO), "e_neu, high end")
    yield case("static power of the rails", "W", 0.232, _static(chip), "p_rails")
    case = _named(2, "PilotNet, sigma-delta, 39,600 inputs", "lava-dl pilotnet_sdnn/benchmark.ipynb")
    fed = _price(replace(base, inputs=39_600), chip).latency_s
    yield case("time of an image", "ms", 1e3 / 16.87, fed.times(MILLI), "t_in, high end")
    yield case("power", "W", 0.276, _static(chip), "p_rails")


def _language_model(chip: Chip) -> Iterator[Case]:
    """Cases 3 and 4: 24 blocks on 24 chips, 120 cores each; pipelined by blocks, then one token at a time."""
    case = _named(3, "MatMul-free LM 370M, pipelined, 24 chips", "arXiv:2503.18002, as quoted")
    block = uniform_workload(steps=1, synops=308e6 / 24, updates=0, messages=0, cores=120, chips=24)
    price = _price(replace(block, all_synops=block.all_synops * 24), chip)
    rate = Range(*(1 / seconds for seconds in _ends(price.period_s)[::-1]))
    yield case("tokens per second", "1/s", 6632, rate, "t_syn")
    yield case("energy of a token", "mJ", 3.7, price.energy_j["rails"].times(MILLI), "e_syn")
    case = _named(4, "MatMul-free LM 370M, token by token, 24 chips", "arXiv:2503.18002, as quoted")
    # A block waits for 4 matrices one after the other; were every one of its 7 its own step, 7 steps.
    block_s = _ends(price.latency_s)
    seconds = Range(4 * 24 * block_s[0], 4 * 24 * block_s[1], 7 * 24 * block_s[2])
    rate = Range(*(1 / each for each in _ends(seconds)[::-1]))
    yield case("tokens per second", "1/s", 41.5, rate, ASSUMED)
    yield case("power of 24 chips", "W", 16.8, _rack(chip, 24), "p_board, low end")


def _autoencoder(chip: Chip) -> Iterator[Case]:
    """Case 5: seven matrices, 8 to 10 steps, on one of 16 chips; its norm and score are part of the counts."""
    case = _named(5, "Dense autoencoder, 74 cores of 16 chips", "arXiv:2608.18341, table 2, as quoted")
    prices = [
        _price(
            uniform_workload(steps=steps, synops=3.0e5, updates=1.0e4, messages=2.0e4, cores=74, chips=16),
            chip,
        )
        for steps in (8, 9, 10)
    ]
    time = Range(prices[0].latency_s.low, prices[1].latency_s.default, prices[2].latency_s.high)
    yield case("latency, preloaded", "us", 48.3, time.times(MICRO), "")
    energies = [price.energy_j["dynamic"] for price in prices]
    energy = Range(energies[0].low, energies[1].default, energies[2].high)
    yield case("dynamic energy", "uJ", 41.6, energy.times(MICRO), "e_step")
    yield case("static power of 16 chips", "W", 16.05, _rack(chip, 16), "p_board, low end")


def _q_learning(chip: Chip) -> Iterator[Case]:
    """Case 6: a table, 9 steps that do next to nothing."""
    case = _named(6, "Tabular Q-learning, 9 steps, 12 cores", "arXiv:2609.32317, table II, as quoted")
    price = _price(uniform_workload(steps=9, synops=0, updates=12 * 9, messages=0, cores=12, chips=1), chip)
    yield case("time of an action", "us", 12.86, price.latency_s.times(MICRO), "t_bar")
    yield case("dynamic energy", "uJ", 1.32, price.energy_j["dynamic"].times(MICRO), "e_step")
    yield case("power of the board", "W", 1.80, _watts(chip, "p_board"), "p_board")


def _static_power(chip: Chip) -> Iterator[Case]:
    """Cases 7 and 8: their counts are not public, but energy less dynamic energy, over time, is static power."""
    case = _named(7, "Keyword network with delays, forward", "arXiv:2510.13757, as quoted")
    yield case("static power of the rails", "W", (0.46 - 0.28) / 1.46, _static(chip), "")
    case = _named(7, "Keyword network with delays, recurrent", "arXiv:2510.13757, as quoted")
    yield case("static power of the rails", "W", (0.36 - 0.21) / 1.54, _static(chip), "")
    case = _named(8, "Few-shot continual learner", "arXiv:2511.01553, as quoted")
    yield case("static power of the rails", "W", (0.05 - 0.01) / 0.33, _static(chip), "")


def _ratios(chip: Chip) -> Iterator[Case]:
    """Cases 9 and 10: only ratios to a Jetson are public. Energy ratio over latency ratio is the ratio of mean power.

    Of S4D not even the boundary is public: any from the rails to the board. For S5 the board, at the counts that our
    sparse model of k = 2 has on its 120 cores.
    """
    case = _named(9, "S4D against the Jetson's recurrence: 75x latency, 1000x energy", "arXiv:2409.15022")
    board = _watts(chip, "p_board")
    any_boundary = Range(chip["p_rails"].low, board.default, board.high)
    yield case("power, Jetson / Loihi 2", "1", 1000 / 75, _jetson_over(any_boundary), ASSUMED)
    for name, steps, ratio in (
        ("token by token: 42x latency, 149x energy", 11, 149 / 42),
        ("offline: 3.7x throughput, 8x energy", 1, 8 / 3.7),
    ):
        case = _named(10, f"Sparse S5 against dense S5 on the Jetson, {name}", "arXiv:2502.01330, as quoted")
        work = uniform_workload(
            steps=steps, synops=116e3, updates=414 * 11, messages=23e3, cores=120, chips=1
        )
        price = _price(work, chip)
        seconds = price.period_s.default
        dynamic = price.energy_j["dynamic"].times(1 / seconds)
        whole = [each + static for each, static in zip(_ends(dynamic), _ends(board), strict=True)]
        yield case("power, Jetson / Loihi 2", "1", ratio, _jetson_over(Range(*whole)), ASSUMED)


def _jetson_over(watts: Range) -> Range:
    """Power of the Jetson over that of Loihi 2."""
    known = JETSON_WATTS
    return Range(known.low / watts.high, known.default / watts.default, known.high / watts.low)


def _peak(chip: Chip) -> Iterator[Case]:
    """Case 11: layers of 2048, 10:1 pruned and 10 % active, on the largest machine."""
    case = _named(11, "Pruned MLP on Hala Point, 140,544 cores", "Intel, 2024, as quoted")
    seconds = _ends(Range(chip["t_syn"].low, chip["t_syn"].default, chip["t_syn"].high))
    rate = Range(*(140_544 / each / 1e12 for each in seconds[::-1]))
    yield case("synaptic operations", "T/s", 380, rate, "t_syn, low end")


def _ends(values: Range) -> tuple[float, float, float]:
    return values.low, values.default, values.high


def _watts(chip: Chip, name: str) -> Range:
    return Range(*_ends(Range(chip[name].low, chip[name].default, chip[name].high)))


def _static(chip: Chip) -> Range:
    return _watts(chip, "p_rails")


def _rack(chip: Chip, chips: int) -> Range:
    """Static power of several chips in one machine: the low end of a board is that of a chip in a rack."""
    lowest = chip["p_board"].low
    return Range(chips * lowest, chips * (lowest + 1.0) / 2, chips * chip["p_board"].high)


def _named(number: int, workload: str, source: str) -> Callable[[str, str, float, Range, str], Case]:
    def case(quantity: str, unit: str, value: float, predicted: Range, sets: str) -> Case:
        return Case(number, workload, quantity, unit, value, predicted, sets, source)

    return case
