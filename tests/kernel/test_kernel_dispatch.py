"""Which unit a processor gets, by made-up CPUID and XGETBV registers, and what forcing one does."""

from __future__ import annotations

import platform

import pytest

from zkcredit import _kernel as k

# Leaf 7, EBX.
BMI1, AVX2, BMI2, AVX512F, AVX512DQ, ADX, IFMA, AVX512BW, AVX512VL = (
    1 << n for n in (3, 5, 8, 16, 17, 19, 21, 30, 31)
)
BROADWELL = BMI1 | AVX2 | BMI2 | ADX
SKYLAKE = BROADWELL | AVX512F | AVX512DQ | AVX512BW | AVX512VL
VBMI2 = 1 << 6  # ECX
OSXSAVE, FMA = 1 << 27, 1 << 12  # leaf 1, ECX
ZMM = 0xE7  # x87, SSE, AVX, opmask, the high halves, the high registers
FULL = (OSXSAVE | FMA, SKYLAKE | IFMA, VBMI2, ZMM)

LANES = platform.machine() in {"x86_64", "AMD64"}
BEST, SECOND = ("ifma", "avx2") if LANES else ("adx", "adx")
HASWELL = "avx2" if LANES else "portable"


def choice(registers: tuple[int, int, int, int], forced: str = "") -> str:
    return k.kernel_choice(forced, *registers)


def test_everything_there() -> None:
    assert choice(FULL) == BEST


@pytest.mark.parametrize(
    ("name", "registers", "unit"),
    [
        ("nothing", (0, 0, 0, 0), "portable"),
        ("Nehalem: no leaf 7, no XSAVE", (0, 0, 0, 0), "portable"),
        ("Sandy Bridge: AVX", (OSXSAVE, 0, 0, 7), "portable"),
        ("Piledriver: FMA without AVX2", (OSXSAVE | FMA, BMI1, 0, 7), "portable"),
        ("AVX2 without FMA", (OSXSAVE, BMI1 | AVX2, 0, 7), "portable"),
        ("AVX2 and ADX without FMA", (OSXSAVE, BROADWELL, 0, 7), "adx"),
        ("Haswell: BMI2 without ADX", (OSXSAVE | FMA, BMI1 | AVX2 | BMI2, 0, 7), HASWELL),
        ("Broadwell, Zen", (OSXSAVE | FMA, BROADWELL, 0, 7), SECOND),
        ("Skylake-X: no IFMA", (OSXSAVE | FMA, SKYLAKE, 0, ZMM), SECOND),
        ("Cannon Lake: IFMA, no VBMI2", (OSXSAVE | FMA, SKYLAKE | IFMA, 0, ZMM), SECOND),
        ("Knights Mill: no VL, DQ, BW", (OSXSAVE | FMA, BROADWELL | AVX512F, 0, ZMM), SECOND),
        ("Alder Lake: AVX-512 fused off", (OSXSAVE | FMA, BROADWELL, 0, 7), SECOND),
        ("ADX without BMI2", (OSXSAVE, ADX, 0, 7), "portable"),
        ("every bit", (2**32 - 1,) * 4, BEST),
    ],
)  # fmt: skip
def test_processors(name: str, registers: tuple[int, int, int, int], unit: str) -> None:
    assert choice(registers) == unit, name


@pytest.mark.parametrize(
    "bit", [BMI1, AVX2, BMI2, AVX512F, AVX512DQ, ADX, IFMA, AVX512BW, AVX512VL]
)
def test_the_vectors_need_every_one_of_their_extensions(bit: int) -> None:
    leaf1, ebx, ecx, states = FULL
    without = (leaf1, ebx & ~bit, ecx, states)
    assert choice(without) == (SECOND if bit != AVX2 else "adx")
    assert choice(without, "portable") == "portable"
    if LANES:
        with pytest.raises(RuntimeError, match="ZKCREDIT_KERNEL=ifma does not run"):
            choice(without, "ifma")


@pytest.mark.parametrize("states", [0, 1, 3, 7, *(ZMM & ~(1 << n) for n in (1, 2, 5, 6, 7))])
def test_a_system_that_does_not_save_the_wide_registers_gets_no_vectors(states: int) -> None:
    saves_ymm = states & 6 == 6
    assert choice((*FULL[:3], states)) == (SECOND if saves_ymm else "adx")
    with pytest.raises(RuntimeError, match="ZKCREDIT_KERNEL=ifma does not run on this processor"):
        choice((*FULL[:3], states), "ifma")


def test_states_count_only_where_the_system_says_that_it_saves_them() -> None:
    assert choice((0, *FULL[1:])) == "adx"
    assert choice((OSXSAVE - 1, *FULL[1:])) == "adx"


@pytest.mark.parametrize("unit", [SECOND, "adx", "portable"])
def test_a_lesser_unit_can_be_forced(unit: str) -> None:
    assert choice(FULL, unit) == unit


@pytest.mark.parametrize("unit", ["adx", "avx2", "ifma"])
def test_a_unit_that_does_not_run_is_refused_when_forced(unit: str) -> None:
    with pytest.raises(RuntimeError, match=f"ZKCREDIT_KERNEL={unit} does not run on this"):
        choice((0, 0, 0, 0), unit)


@pytest.mark.parametrize(
    "forced", ["avx", "AVX2", "IFMA", "Portable", " adx", "adx ", "portable,adx", "if", "é"]
)
def test_an_unknown_unit_is_refused(forced: str) -> None:
    with pytest.raises(RuntimeError, match=f"ZKCREDIT_KERNEL={forced} is not a unit of the kernel"):
        choice(FULL, forced)


@pytest.mark.parametrize(
    ("registers", "forced", "running"),
    [
        ((0, 0, 0, 0), "adx", "portable"),
        ((0, 0, 0, 0), "fastest", "portable"),
        ((OSXSAVE, BROADWELL, 0, 7), "avx2", "adx, portable"),
        ((OSXSAVE | FMA, AVX2, 0, 7), "ifma", "avx2, portable" if LANES else "portable"),
        (FULL, "fastest", "ifma, avx2, adx, portable" if LANES else "adx, portable"),
    ],
)
def test_a_refusal_names_the_units_and_those_that_run(
    registers: tuple[int, int, int, int], forced: str, running: str
) -> None:
    with pytest.raises(RuntimeError) as caught:
        choice(registers, forced)
    assert f"ZKCREDIT_KERNEL={forced} " in str(caught.value)
    assert "units are ifma, avx2, adx, portable;" in str(caught.value)
    assert f"this processor runs {running};" in str(caught.value)
    assert "or unset the variable" in str(caught.value)
