// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {BabyJubJub} from "../src/libraries/BabyJubJub.sol";
import {BabyJubJubScalars} from "../src/libraries/BabyJubJubScalars.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {ElGamal} from "./support/ElGamal.sol";

/// @dev Multiples of points against the definition of the curve.
contract BabyJubJubScalarsTest is ElGamal {
    function testFuzzSumsOfMultiplesAreThoseOfTheDefinition(
        uint256 p,
        uint256 q,
        uint64 a,
        uint64 b,
        uint8 twist
    ) public view {
        (p, q) = (p % ORDER, q % ORDER);
        ICreditLedger.Point memory left = times(a, base8());
        ICreditLedger.Point memory right = times(b, base8());
        // identities, equal, opposite and low order points among them
        if (twist % 4 == 1) right = left;
        if (twist % 4 == 2) right = negated(left);
        if (twist % 4 == 3) left = added(left, ICreditLedger.Point(0, BN254_R - 1));
        ICreditLedger.Point memory sum = added(times(p, left), times(q, right));
        assertTrue(isSum(left, right, p, q, sum), "sum");
        assertTrue(!isSum(left, right, p, q, added(sum, base8())), "another point");
    }

    function isSum(
        ICreditLedger.Point memory left,
        ICreditLedger.Point memory right,
        uint256 p,
        uint256 q,
        ICreditLedger.Point memory sum
    ) private pure returns (bool) {
        BabyJubJubScalars.Pair memory pair =
            BabyJubJubScalars.Pair(left.x, left.y, 1, right.x, right.y, 1, 0, 0, 0);
        return BabyJubJubScalars.isSumOfMultiples(pair, p, q, sum.x, sum.y);
    }

    function testFuzzPrimeOrderIsRecognised(uint64 a, bool twisted) public view {
        ICreditLedger.Point memory p = times(uint256(a) + 1, base8());
        if (twisted) p = added(p, ICreditLedger.Point(0, BN254_R - 1));
        assertTrue(BabyJubJub.isOnCurve(p.x, p.y), "on curve");
        assertTrue(BabyJubJubScalars.isOfPrimeOrder(p.x, p.y) != twisted, "order");
        ICreditLedger.Point memory eight = times(8, p);
        assertTrue(BabyJubJubScalars.isEightTimes(p.x, p.y, eight.x, eight.y), "eight");
        assertTrue(!BabyJubJubScalars.isEightTimes(p.x, p.y, p.x, p.y), "not one");
    }
}
