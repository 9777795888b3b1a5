// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {BN254_R} from "../../src/libraries/Bn254.sol";
import {TestBase} from "./TestBase.sol";

/// @title Exponential ElGamal over BabyJubJub, plainly
/// @dev Affine results by one inversion at the end; shares no code with the library under test.
abstract contract ElGamal is TestBase {
    uint256 internal constant ORDER =
        2736030358979909402780800718157159386076813972158567259200215660948447373041;

    function base8() internal pure returns (ICreditLedger.Point memory) {
        return ICreditLedger.Point({
            x: 5299619240641551281634865583518297030282874472190772894086521144482721001553,
            y: 16950150798460657717958625567821834550301663161624707787222815936182638968203
        });
    }

    function identity() internal pure returns (ICreditLedger.Point memory) {
        return ICreditLedger.Point(0, 1);
    }

    function negated(ICreditLedger.Point memory p)
        internal
        pure
        returns (ICreditLedger.Point memory)
    {
        return ICreditLedger.Point((BN254_R - p.x) % BN254_R, p.y);
    }

    /// @dev Addition of the curve's definition: two divisions.
    function added(ICreditLedger.Point memory p, ICreditLedger.Point memory q)
        internal
        view
        returns (ICreditLedger.Point memory)
    {
        uint256 xx = mulmod(p.x, q.x, BN254_R);
        uint256 yy = mulmod(p.y, q.y, BN254_R);
        uint256 cross = addmod(mulmod(p.x, q.y, BN254_R), mulmod(p.y, q.x, BN254_R), BN254_R);
        uint256 dxy = mulmod(168696, mulmod(xx, yy, BN254_R), BN254_R);
        uint256 top = addmod(yy, BN254_R - mulmod(168700, xx, BN254_R), BN254_R);
        return ICreditLedger.Point(
            mulmod(cross, inverted(1 + dxy), BN254_R),
            mulmod(top, inverted(1 + BN254_R - dxy), BN254_R)
        );
    }

    /// @dev Doubling and adding in projective coordinates (X : Y : Z).
    function times(uint256 scalar, ICreditLedger.Point memory p)
        internal
        view
        returns (ICreditLedger.Point memory)
    {
        uint256[3] memory power = [p.x, p.y, 1];
        uint256[3] memory sum = [uint256(0), 1, 1];
        for (; scalar > 0; scalar >>= 1) {
            if (scalar % 2 == 1) sum = projectiveSum(sum, power);
            power = projectiveSum(power, power);
        }
        uint256 z = inverted(sum[2]);
        return ICreditLedger.Point(mulmod(sum[0], z, BN254_R), mulmod(sum[1], z, BN254_R));
    }

    function projectiveSum(uint256[3] memory p, uint256[3] memory q)
        private
        pure
        returns (uint256[3] memory sum)
    {
        uint256 m = BN254_R;
        uint256 a = mulmod(p[2], q[2], m);
        uint256 b = mulmod(a, a, m);
        uint256 c = mulmod(p[0], q[0], m);
        uint256 d = mulmod(p[1], q[1], m);
        uint256 e = mulmod(168696, mulmod(c, d, m), m);
        uint256 cross = addmod(mulmod(p[0], q[1], m), mulmod(p[1], q[0], m), m);
        uint256 f = addmod(b, m - e, m);
        uint256 g = addmod(b, e, m);
        sum[0] = mulmod(mulmod(a, f, m), cross, m);
        sum[1] = mulmod(mulmod(a, g, m), addmod(d, m - mulmod(168700, c, m), m), m);
        sum[2] = mulmod(f, g, m);
    }

    function inverted(uint256 x) private view returns (uint256) {
        bytes memory request = abi.encode(32, 32, 32, x, BN254_R - 2, BN254_R);
        (bool ok, bytes memory answer) = address(5).staticcall(request);
        assertTrue(ok, "modexp");
        return uint256(bytes32(answer));
    }

    function encrypted(ICreditLedger.Point memory key, uint256 amounts, uint256 randomness)
        internal
        view
        returns (ICreditLedger.Ciphertext memory)
    {
        return ICreditLedger.Ciphertext(
            times(randomness, base8()), added(times(amounts, base8()), times(randomness, key))
        );
    }

    function plus(ICreditLedger.Ciphertext memory a, ICreditLedger.Ciphertext memory b)
        internal
        view
        returns (ICreditLedger.Ciphertext memory)
    {
        return ICreditLedger.Ciphertext(added(a.c1, b.c1), added(a.c2, b.c2));
    }

    function minus(ICreditLedger.Ciphertext memory a, ICreditLedger.Ciphertext memory b)
        internal
        view
        returns (ICreditLedger.Ciphertext memory)
    {
        return plus(a, ICreditLedger.Ciphertext(negated(b.c1), negated(b.c2)));
    }

    function assertSame(
        ICreditLedger.Ciphertext memory a,
        ICreditLedger.Ciphertext memory b,
        string memory what
    ) internal pure {
        assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(b)), what);
    }
}
