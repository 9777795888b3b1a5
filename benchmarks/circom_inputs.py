"""Random inputs for the circom circuits that the audit is tried on, made from a seed.

``KNOWN`` has a maker for each file in ``tests/soundness/circom``, ``TEMPLATES`` a row for each
template of circomlib and zk-kit that has constraints. A row names the file to include, the
component, and what is known about it, as the first line of such a file does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from zkcredit.bn254.fields import R
from zkcredit.gadgets import babyjub, eddsa, poseidon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

__all__ = ["KNOWN", "TEMPLATES", "Inputs", "Maker", "Template"]

Inputs: TypeAlias = "dict[str, Any]"
Maker: TypeAlias = "Callable[[Random], Inputs]"


def _field(random: Random, shape: tuple[int, ...] = ()) -> Any:
    return _of(shape, lambda: random.randrange(R))


def _bits(random: Random, shape: tuple[int, ...] = ()) -> Any:
    return _of(shape, lambda: random.randrange(2))


def _of(shape: tuple[int, ...], make: Callable[[], int]) -> Any:
    return [_of(shape[1:], make) for _ in range(shape[0])] if shape else make()


def _bits_of(value: int, width: int) -> list[int]:
    return [value >> place & 1 for place in range(width)]


def _point(random: Random) -> list[int]:
    return list(babyjub.mul(random.randrange(1, babyjub.SUBGROUP_ORDER), babyjub.BASE8))


def _montgomery(random: Random) -> list[int]:
    return list(babyjub.to_montgomery(babyjub.Point(*_point(random))))


def _fields(**shapes: tuple[int, ...]) -> Maker:
    return lambda random: {name: _field(random, shape) for name, shape in shapes.items()}


def _booleans(**shapes: tuple[int, ...]) -> Maker:
    return lambda random: {name: _bits(random, shape) for name, shape in shapes.items()}


def _below(limit: int, *names: str) -> Maker:
    return lambda random: {name: random.randrange(limit) for name in names}


def _pair_below(limit: int) -> Maker:
    return lambda random: {"in": [random.randrange(limit), random.randrange(limit)]}


def _points(*names: str) -> Maker:
    return lambda random: {name: _point(random) for name in names}


def _montgomeries(*names: str) -> Maker:
    return lambda random: {name: _montgomery(random) for name in names}


def _also(*makers: Maker) -> Maker:
    def make(random: Random) -> Inputs:
        found: Inputs = {}
        for maker in makers:
            found |= maker(random)
        return found

    return make


def _coordinates(*names: str) -> Maker:
    """A point for each pair of names."""

    def make(random: Random) -> Inputs:
        pairs = zip(names[::2], names[1::2], strict=True)
        return {
            name: value for pair in pairs for name, value in zip(pair, _point(random), strict=True)
        }

    return make


def _one_point_twice(random: Random) -> Inputs:
    point = _montgomery(random)
    return {"in1": point, "in2": point}


def _signature(random: Random) -> Inputs:
    key = eddsa.SigningKey(random.randbytes(32))
    message = random.randrange(R)
    public, made = eddsa.public_key(key), eddsa.sign(key, message)
    return {"enabled": 1, "A": list(public), "S": made.s, "R8": list(made.r8), "M": message}


def _signature_disabled(random: Random) -> Inputs:
    """What the flag switches off; the points are on the curve, and S is below the order."""
    points = _coordinates("Ax", "Ay", "R8x", "R8y")(random)
    scalar = random.randrange(babyjub.SUBGROUP_ORDER)
    return {"enabled": 0, "S": scalar, "M": _field(random), **points}


def _product_of_two(random: Random) -> Inputs:
    first, second = random.randrange(1, 30), random.randrange(1, 30)
    return {"sum": first + second, "product": first * second}


def _square(random: Random) -> Inputs:
    root = random.randrange(1, R)
    return {"in": root * root % R, "hint": root}


def _small_square(random: Random) -> Inputs:
    return {"a": random.randrange(1, 64) ** 2}


def _equal(random: Random) -> Inputs:
    value = _field(random)
    return {"a": value, "b": value}


def _enabled_equal(random: Random) -> Inputs:
    return {"enabled": _bits(random), "in": [_field(random)] * 2}


def _chosen(random: Random) -> Inputs:
    return {"a": _field(random), "b": _field(random), "pick": _bits(random)}


def _gate(random: Random) -> Inputs:
    return {"on": _bits(random), "a": _field(random), "b": random.randrange(1, R)}


def _switched(random: Random) -> Inputs:
    return {"sel": _bits(random), "L": _field(random), "R": _field(random)}


def _bits_below_r(random: Random) -> Inputs:
    return {"in": _bits_of(random.randrange(R), 254)}


def _scalar_and_point(random: Random) -> Inputs:
    return {"e": random.randrange(babyjub.SUBGROUP_ORDER), "p": _point(random)}


def _point_in_bits(random: Random) -> Inputs:
    encoded = babyjub.encode(babyjub.Point(*_point(random)))
    return {"in": _bits_of(int.from_bytes(encoded, "little"), 256)}


def _only_leaf(random: Random) -> Inputs:
    """Membership of the only leaf of a sparse Merkle tree."""
    key, value = _field(random), _field(random)
    return {"enabled": 1, "root": poseidon.poseidon([key, value, 1]), "siblings": [0] * 5,
            "oldKey": 0, "oldValue": 0, "isOld0": 0, "key": key, "value": value,
            "fnc": 0}  # fmt: skip


def _first_leaf(random: Random) -> Inputs:
    """Insertion into an empty sparse Merkle tree."""
    return {"oldRoot": 0, "siblings": [0] * 5, "oldKey": 0, "oldValue": 0, "isOld0": 1,
            "newKey": _field(random), "newValue": _field(random), "fnc": [1, 0]}  # fmt: skip


def _leaf_at_depth(random: Random, index: str) -> Inputs:
    depth = random.randrange(1, 6)
    path = _bits(random, (6,))
    indices = path if index == "indices" else sum(bit << k for k, bit in enumerate(path))
    return {"leaf": _field(random), "depth": depth, index: indices,
            "siblings": _field(random, (6,))}  # fmt: skip


def _divided(limit: int) -> Maker:
    return lambda random: {"a": random.randrange(limit), "b": random.randrange(1, limit)}


def _ciphertext(random: Random) -> Inputs:
    """Three elements encrypted as zk-kit's Poseidon cipher does."""
    key, nonce = _field(random, (2,)), random.randrange(2**128)
    state = poseidon.permute([0, *key, nonce + 3 * 2**128])
    cipher = [(state[place] + _field(random)) % R for place in (1, 2, 3)]
    last = poseidon.permute([state[0], *cipher])[1]
    return {"ciphertext": [*cipher, last], "nonce": nonce, "key": key}


def _unchecked_ciphertext(random: Random) -> Inputs:
    return {"ciphertext": _field(random, (4,)), "nonce": random.randrange(2**128),
            "key": _field(random, (2,))}  # fmt: skip


KNOWN: Final[Mapping[str, Maker]] = {
    "alias_check": _bits_below_r,
    "asserted_equality": _equal,
    "assertion_missing": _below(2**16, "score", "threshold"),
    "baby_add": _coordinates("x1", "y1", "x2", "y2"),
    "baby_add_checked": _points("p", "q"),
    "baby_check": _coordinates("x", "y"),
    "baby_pbk": _below(babyjub.SUBGROUP_ORDER, "in"),
    "bin_sum": _booleans(**{"in": (2, 3)}),
    "bit_not_boolean": _below(2**8, "in"),
    "carry_without_range": _below(2**32, "a0", "a1", "b0", "b1"),
    "chosen_input": _chosen,
    "comparator_unchecked": _below(2**64, "a", "b"),
    "decoder": _below(6, "inp"),
    "eddsa_poseidon": _signature,
    "enabled_quotient": _gate,
    "escalar_mul_any": _scalar_and_point,
    "escalar_mul_fix": _booleans(e=(64,)),
    "is_equal": _fields(**{"in": (2,)}),
    "is_zero": _fields(**{"in": ()}),
    "is_zero_half": _fields(**{"in": ()}),
    "less_than": _pair_below(2**64),
    "mimc7": _fields(x_in=(), k=()),
    "montgomery_add": _one_point_twice,
    "mux_4": _also(_fields(c=(16,)), _booleans(s=(4,))),
    "num2bits_253": _below(2**253, "in"),
    "num2bits_254": _fields(**{"in": ()}),
    "num2bits_64": _below(2**64, "in"),
    "num2bits_strict": _fields(**{"in": ()}),
    "ordered_pair": _product_of_two,
    "poseidon_2": _fields(inputs=(2,)),
    "quotient_of_zero": _also(_below(R, "a"), lambda random: {"b": random.randrange(1, R)}),
    "remainder_unchecked": _divided(2**32),
    "slope_at_zero": _fields(x1=(), y1=(), x2=(), y2=()),
    "slope_of_a_double": _fields(x=(), y=()),
    "smaller_root": _small_square,
    "split_without_ranges": _below(2**32, "whole"),
    "square_root": _square,
    "sum_and_product": _product_of_two,
    "switch": _switched,
    "two_bins": _below(15, "value"),
    "two_limbs_of_255_bits": _fields(x=()),
    "unconstrained_assignment": _fields(a=(), b=()),
}


@dataclass(frozen=True)
class Template:
    """A template of circomlib or zk-kit.

    Attributes:
        file: the file to include. It includes all that the template is made of, which not every
            file of circomlib does.
        main: the component, with its parameters.
        known: "sound", "conditional" (on inputs that it does not check) or "broken".
        inputs: makes random inputs that it accepts.
        why: the condition, or the fault.
    """

    file: str
    main: str
    known: str
    inputs: Maker
    why: str = ""


_ON_CURVE: Final = "for points on the curve that no addition meets twice"
_BOOLEAN: Final = "for bits that are booleans"
_BASE: Final = f"[{babyjub.BASE8.x}, {babyjub.BASE8.y}]"
_CIPHER: Final = "zk-kit/poseidon-cipher.circom"
_FLOAT: Final = "zk-kit/float.circom"

TEMPLATES: Final[tuple[Template, ...]] = (
    Template("babyjub.circom", "BabyDbl()", "conditional", _coordinates("x", "y"), _ON_CURVE),
    Template("binsub.circom", "BinSub(16)", "sound", lambda random: {
        "in": [_bits_of(random.randrange(2**15, 2**16), 16), _bits_of(random.randrange(2**15), 16)],
    }),
    Template("bitify.circom", "Bits2Num(64)", "sound", _booleans(**{"in": (64,)})),
    Template("bitify.circom", "Bits2Num_strict()", "sound", _bits_below_r),
    Template("bitify.circom", "Num2BitsNeg(64)", "sound", _below(2**64, "in")),
    Template("comparators.circom", "ForceEqualIfEnabled()", "sound", _enabled_equal),
    Template("comparators.circom", "LessEqThan(64)", "sound", _pair_below(2**64)),
    Template("comparators.circom", "GreaterThan(64)", "sound", _pair_below(2**64)),
    Template("comparators.circom", "GreaterEqThan(64)", "sound", _pair_below(2**64)),
    Template("compconstant.circom", "CompConstant(12345)", "sound", _bits_below_r),
    Template("eddsamimc.circom", "EdDSAMiMCVerifier()", "conditional",
             _signature_disabled, _ON_CURVE),
    Template("eddsamimcsponge.circom", "EdDSAMiMCSpongeVerifier()", "conditional",
             _signature_disabled, _ON_CURVE),
    Template("escalarmul.circom", f"EscalarMulWindow({_BASE}, 0)", "conditional",
             _also(_points("in"), _booleans(sel=(4,))), f"{_ON_CURVE}, and {_BOOLEAN}"),
    Template("escalarmul.circom", f"EscalarMul(16, {_BASE})", "conditional",
             _also(_points("inp"), _booleans(**{"in": (16,)})), f"{_ON_CURVE}, and {_BOOLEAN}"),
    Template("escalarmulany.circom", "Multiplexor2()", "sound",
             _also(_booleans(sel=()), _fields(**{"in": (2, 2)}))),
    Template("escalarmulany.circom", "BitElementMulAny()", "broken",
             _also(_booleans(sel=()), _montgomeries("dblIn", "addIn")),
             "two equal points have a free slope"),
    Template("escalarmulany.circom", "SegmentMulAny(8)", "conditional",
             _also(_booleans(e=(8,)), _points("p")), f"{_ON_CURVE}, and {_BOOLEAN}"),
    Template("escalarmulfix.circom", "WindowMulFix()", "conditional",
             _also(_booleans(**{"in": (3,)}), _montgomeries("base")), _ON_CURVE),
    Template("escalarmulfix.circom", "SegmentMulFix(3)", "conditional",
             _also(_booleans(e=(9,)), _points("base")), f"{_ON_CURVE}, and {_BOOLEAN}"),
    *(Template("gates.circom", f"{name}()", "sound", _booleans(a=(), b=()))
      for name in ("XOR", "AND", "OR", "NAND", "NOR")),
    Template("gates.circom", "NOT()", "sound", _booleans(**{"in": ()})),
    Template("gates.circom", "MultiAND(5)", "sound", _booleans(**{"in": (5,)})),
    Template("mimc.circom", "MultiMiMC7(3, 91)", "sound", _fields(**{"in": (3,)}, k=())),
    Template("mimcsponge.circom", "MiMCSponge(2, 220, 3)", "sound", _fields(ins=(2,), k=())),
    Template("mimcsponge.circom", "MiMCFeistel(220)", "sound", _fields(xL_in=(), xR_in=(), k=())),
    Template("montgomery.circom", "Edwards2Montgomery()", "broken", _points("in"),
             "the second coordinate of (0, -1) is free"),
    Template("montgomery.circom", "Montgomery2Edwards()", "broken", _montgomeries("in"),
             "the first coordinate of (0, 0) is free"),
    Template("montgomery.circom", "MontgomeryAdd()", "broken", _montgomeries("in1", "in2"),
             "two equal points have a free slope"),
    Template("montgomery.circom", "MontgomeryDouble()", "conditional", _montgomeries("in"),
             "for points on the curve: y is nonzero where 3x^2 + 2Ax + 1 is"),
    Template("multiplexer.circom", "EscalarProduct(4)", "sound", _fields(in1=(4,), in2=(4,))),
    Template("multiplexer.circom", "Multiplexer(2, 4)", "sound",
             _also(_fields(inp=(4, 2)), _below(4, "sel"))),
    Template("mux1.circom", "MultiMux1(3)", "sound", _also(_fields(c=(3, 2)), _booleans(s=()))),
    Template("mux1.circom", "Mux1()", "sound", _also(_fields(c=(2,)), _booleans(s=()))),
    Template("mux2.circom", "MultiMux2(3)", "sound", _also(_fields(c=(3, 4)), _booleans(s=(2,)))),
    Template("mux2.circom", "Mux2()", "sound", _also(_fields(c=(4,)), _booleans(s=(2,)))),
    Template("mux3.circom", "MultiMux3(3)", "sound", _also(_fields(c=(3, 8)), _booleans(s=(3,)))),
    Template("mux3.circom", "Mux3()", "sound", _also(_fields(c=(8,)), _booleans(s=(3,)))),
    Template("mux4.circom", "MultiMux4(2)", "sound", _also(_fields(c=(2, 16)), _booleans(s=(4,)))),
    Template("pedersen.circom", "Window4()", "conditional",
             _also(_booleans(**{"in": (4,)}), _montgomeries("base")), _ON_CURVE),
    Template("pedersen.circom", "Segment(3)", "conditional",
             _also(_booleans(**{"in": (12,)}), _points("base")), f"{_ON_CURVE}, and {_BOOLEAN}"),
    Template("pedersen.circom", "Pedersen(64)", "conditional",
             _booleans(**{"in": (64,)}), _BOOLEAN),
    Template("pointbits.circom", "Bits2Point_Strict()", "sound", _point_in_bits),
    Template("pointbits.circom", "Point2Bits_Strict()", "sound", _points("in")),
    Template("poseidon.circom", "Sigma()", "sound", _fields(**{"in": ()})),
    Template("poseidon.circom", "Ark(3, POSEIDON_C(3), 0)", "sound", _fields(**{"in": (3,)})),
    Template("poseidon.circom", "Mix(3, POSEIDON_M(3))", "sound", _fields(**{"in": (3,)})),
    Template("poseidon.circom", "MixLast(3, POSEIDON_M(3), 1)", "sound", _fields(**{"in": (3,)})),
    Template("poseidon.circom", "MixS(3, POSEIDON_S(3), 0)", "sound", _fields(**{"in": (3,)})),
    Template("poseidon.circom", "PoseidonEx(4, 5)", "sound",
             _fields(inputs=(4,), initialState=())),
    Template("poseidon.circom", "Poseidon(16)", "sound", _fields(inputs=(16,))),
    Template("sha256/ch.circom", "Ch_t(8)", "sound", _booleans(a=(8,), b=(8,), c=(8,))),
    Template("sha256/maj.circom", "Maj_t(8)", "sound", _booleans(a=(8,), b=(8,), c=(8,))),
    Template("sha256/xor3.circom", "Xor3(8)", "sound", _booleans(a=(8,), b=(8,), c=(8,))),
    Template("sha256/rotate.circom", "RotR(8, 3)", "sound", _booleans(**{"in": (8,)})),
    Template("sha256/shift.circom", "ShR(8, 3)", "sound", _booleans(**{"in": (8,)})),
    Template("sha256/sigma.circom", "SmallSigma(7, 18, 3)", "sound", _booleans(**{"in": (32,)})),
    Template("sha256/sigma.circom", "BigSigma(2, 13, 22)", "sound", _booleans(**{"in": (32,)})),
    Template("sha256/sigmaplus.circom", "SigmaPlus()", "sound",
             _booleans(in2=(32,), in7=(32,), in15=(32,), in16=(32,))),
    Template("sha256/t1.circom", "T1()", "sound",
             _booleans(h=(32,), e=(32,), f=(32,), g=(32,), k=(32,), w=(32,))),
    Template("sha256/t2.circom", "T2()", "sound", _booleans(a=(32,), b=(32,), c=(32,))),
    Template("sign.circom", "Sign()", "sound", _bits_below_r),
    Template("smt/smthash_poseidon.circom", "SMTHash1()", "sound", _fields(key=(), value=())),
    Template("smt/smthash_poseidon.circom", "SMTHash2()", "sound", _fields(L=(), R=())),
    Template("smt/smtverifier.circom", "SMTLevIns(5)", "sound",
             lambda random: {"enabled": 1, "siblings": [*_field(random, (3,)), 0, 0]}),
    Template("smt/smtverifier.circom", "SMTVerifier(5)", "sound", _only_leaf),
    Template("smt/smtverifier.circom", "SMTVerifierLevel()", "sound",
             _also(_booleans(st_top=(), st_i0=(), st_iold=(), st_inew=(), st_na=(), lrbit=()),
                   _fields(sibling=(), old1leaf=(), new1leaf=(), child=()))),
    Template("smt/smtverifiersm.circom", "SMTVerifierSM()", "sound",
             _booleans(is0=(), levIns=(), fnc=(), prev_top=(), prev_i0=(), prev_iold=(),
                       prev_inew=(), prev_na=())),
    Template("smt/smtprocessor.circom", "SMTProcessor(5)", "sound", _first_leaf),
    Template("smt/smtprocessor.circom", "SMTProcessorLevel()", "sound",
             _also(_booleans(st_top=(), st_old0=(), st_bot=(), st_new1=(), st_na=(), st_upd=(),
                             newlrbit=()),
                   _fields(sibling=(), old1leaf=(), new1leaf=(), oldChild=(), newChild=()))),
    Template("smt/smtprocessorsm.circom", "SMTProcessorSM()", "sound",
             _booleans(xor=(), is0=(), levIns=(), fnc=(2,), prev_top=(), prev_old0=(),
                       prev_bot=(), prev_new1=(), prev_na=(), prev_upd=())),
    # zk-kit
    Template("zk-kit/binary-merkle-root.circom", "BinaryMerkleRoot(6)", "sound",
             lambda random: _leaf_at_depth(random, "indices")),
    Template("zk-kit-tree/binary-merkle-root.circom", "BinaryMerkleRoot(6)", "sound",
             lambda random: _leaf_at_depth(random, "index")),
    Template("zk-kit/ecdh.circom", "Ecdh()", "conditional",
             _also(_below(babyjub.SUBGROUP_ORDER, "privateKey"), _points("publicKey")), _ON_CURVE),
    Template("zk-kit/eddsa-proof.circom", "EddsaProof()", "sound",
             _also(_below(babyjub.SUBGROUP_ORDER, "secret"), _fields(scope=()))),
    Template(_CIPHER, "PoseidonDecrypt(3)", "sound", _ciphertext),
    Template(_CIPHER, "PoseidonDecryptWithoutCheck(3)", "sound", _unchecked_ciphertext),
    Template(_CIPHER, "PoseidonDecryptIterations(3)", "sound", _unchecked_ciphertext),
    Template(_CIPHER, "PoseidonPerm(4)", "sound", _fields(inputs=(4,))),
    Template("zk-kit/poseidon-proof.circom", "PoseidonProof(2)", "sound",
             _fields(preimages=(2,), scope=())),
    *(Template("zk-kit/safe-comparators.circom", f"{name}(32)", "sound", _pair_below(2**32 - 1))
      for name in ("SafeLessThan", "SafeLessEqThan", "SafeGreaterThan", "SafeGreaterEqThan")),
    Template("zk-kit/unpack-element.circom", "UnpackElement(5)", "sound", _fields(**{"in": ()})),
    Template(_FLOAT, "MSB(32)", "sound", _below(2**32, "in")),
    Template(_FLOAT, "Shift(32)", "sound", _below(2**32, "dividend", "remainder")),
    Template(_FLOAT, "IntegerDivision(16)", "sound", _divided(2**16)),
    Template(_FLOAT, "ToFloat(2)", "sound", _below(2**32, "in")),
    Template(_FLOAT, "DivisionFromFloat(2, 48)", "sound", _divided(2**32)),
    Template(_FLOAT, "DivisionFromNormal(2, 48)", "sound", _divided(2**32)),
    Template(_FLOAT, "MultiplicationFromFloat(2, 48)", "sound", _divided(2**20)),
    Template(_FLOAT, "MultiplicationFromNormal(2, 48)", "sound", _divided(2**16)),
)  # fmt: skip
