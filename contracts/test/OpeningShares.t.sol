// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {IOpeningVerifier} from "../src/interfaces/IOpeningVerifier.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {OpeningFixture} from "./support/OpeningFixture.sol";

/// @dev A group of which all shares but one are right, so that only this one can be refused.
contract OpeningSharesTest is OpeningFixture {
    function testAShareThatIsNothingIsRefusedInAGroupThatIsRight() public {
        // C_1 = -C_0: the first share is the identity, and the second is -C_0
        while (commitments.length > 2) commitments.pop();
        while (shares.length > 2) shares.pop();
        while (accounts.length > 2) accounts.pop();
        commitments[1] = IEscrowGate.Point(BN254_R - commitments[0].x, commitments[0].y);
        shares[1] = commitments[1];
        uint256[3] memory zeros = [uint256(0), BN254_R, 2 * BN254_R];
        uint256[2] memory ones = [uint256(1), BN254_R + 1];
        for (uint256 i = 0; i < 6; ++i) {
            shares[0] = IEscrowGate.Point(zeros[i % 3], ones[i / 3]);
            vm.expectRevert(IOpeningVerifier.GroupInvalid.selector);
            deployed(stub);
        }
    }

    function negate(IEscrowGate.Point[] storage points_) private {
        for (uint256 i = 0; i < points_.length; ++i) {
            points_[i].x = BN254_R - points_[i].x;
        }
    }

    /// @dev A point and its negative have one second coordinate, and both are of prime order.
    function testTheGroupOfTheKeysNegativeIsRefused() public {
        negate(commitments);
        negate(shares);
        deployed(stubFor(commitments[0]));
        vm.expectRevert(IOpeningVerifier.GroupInvalid.selector);
        deployed(stub);
    }

    /// @dev The verifier's first creation: a STOP byte, then share and account of each member.
    function testNothingButTheMembersIsStored() public {
        address verifier = address(deployed(stub));
        bytes32 place = keccak256(abi.encodePacked(hex"d694", verifier, hex"01"));
        bytes memory code = address(uint160(uint256(place))).code;
        bytes memory members = hex"00";
        for (uint256 i = 0; i < shares.length; ++i) {
            members = bytes.concat(members, abi.encode(shares[i].x, shares[i].y, accounts[i]));
        }
        assertEq(keccak256(code), keccak256(members), "members");
    }
}
