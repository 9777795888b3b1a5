// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../src/interfaces/IOpeningVerifier.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {OpeningFixture, TwoLoans} from "./support/OpeningFixture.sol";

/// @dev The contract against openings that Python made (support/contracts/partial_openings.py).
contract OpeningVerifierTest is OpeningFixture {
    function refuse(IOpeningVerifier.PartialOpening memory opening) private {
        bool known = opening.arbiter >= 1 && opening.arbiter <= SIZE;
        bytes4 selector = known
            ? IOpeningVerifier.OpeningInvalid.selector
            : IOpeningVerifier.ArbiterUnknown.selector;
        bytes memory expected = abi.encodeWithSelector(selector, opening.arbiter);
        stub.set(ILoanMarket.LoanStatus.Defaulted);
        vm.expectRevert(expected);
        verifier.check(LOAN, opening);
        stub.set(ILoanMarket.LoanStatus.Active);
        IOpeningVerifier.SignedBlock memory said = signed(LOAN, opening);
        vm.expectRevert(expected);
        verifier.accuse(LOAN, opening, said);
    }

    // --- openings -------------------------------------------------------------------------------

    function testPythonsOpeningsHold() public view {
        for (uint256 i = 0; i < SIZE; ++i) {
            verifier.check(LOAN, openingAt(valid, i));
        }
    }

    function testEveryWrongOpeningOfTheFixtureIsRefused() public {
        uint256 count = invalid.length / WORDS;
        assertTrue(count > 25, "fixture");
        for (uint256 i = 0; i < count; ++i) {
            refuse(openingAt(invalid, i));
        }
    }

    function testFuzzChangedWordsAreRefused(uint8 which, uint8 word, uint256 value) public {
        uint256[10] memory w;
        for (uint256 i = 0; i < WORDS; ++i) {
            w[i] = valid[which % SIZE * WORDS + i];
        }
        vm.assume(w[word % WORDS] != value);
        w[word % WORDS] = value;
        refuse(decoded(w));
    }

    function testAnOpeningIsForOneLoanAlone() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IEscrowGate.LoanNotEscrowed.selector, address(stub), uint256(3)
            )
        );
        verifier.check(LoanId.wrap(3), openingAt(valid, 0));
    }

    function testWithoutDefaultNothingIsAccepted() public {
        for (uint256 s = 0; s <= uint256(type(ILoanMarket.LoanStatus).max); ++s) {
            ILoanMarket.LoanStatus status = ILoanMarket.LoanStatus(s);
            if (status == ILoanMarket.LoanStatus.Defaulted) continue;
            stub.set(status);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IOpeningVerifier.LoanNotInDefault.selector, uint256(1), status
                )
            );
            verifier.check(LOAN, openingAt(valid, 0));
        }
    }

    // --- the group ------------------------------------------------------------------------------

    function testTheGroupIsPythons() public {
        assertEq(verifier.groupDigest(), words(".digest")[0], "digest");
        assertEq(verifier.threshold(), THRESHOLD, "threshold");
        assertEq(verifier.size(), SIZE, "size");
        for (uint256 i = 1; i <= SIZE; ++i) {
            IEscrowGate.Point memory share = verifier.shareOf(i);
            assertEq(share.x, shares[i - 1].x, "share");
            assertEq(share.y, shares[i - 1].y, "share");
            assertEq(verifier.accountOf(i), accounts[i - 1], "account");
        }
        uint256[3] memory strangers = [uint256(0), SIZE + 1, type(uint256).max];
        for (uint256 i = 0; i < strangers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IOpeningVerifier.ArbiterUnknown.selector, strangers[i])
            );
            verifier.shareOf(strangers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IOpeningVerifier.ArbiterUnknown.selector, strangers[i])
            );
            verifier.accountOf(strangers[i]);
        }
    }

    function refuseGroup(TwoLoans market) private {
        vm.expectRevert(IOpeningVerifier.GroupInvalid.selector);
        deployed(market);
    }

    function testAnotherKeyIsRefused() public {
        refuseGroup(stubFor(commitments[1]));
    }

    function testSharesThatDoNotFollowAreRefused() public {
        for (uint256 i = 0; i < SIZE; ++i) {
            IEscrowGate.Point memory kept = shares[i];
            shares[i] = shares[(i + 1) % SIZE];
            refuseGroup(stub);
            shares[i] = IEscrowGate.Point(kept.x + BN254_R, kept.y);
            refuseGroup(stub);
            shares[i] = IEscrowGate.Point(kept.x, kept.y + BN254_R);
            refuseGroup(stub);
            shares[i] = IEscrowGate.Point(0, 1);
            refuseGroup(stub);
            shares[i] = kept;
        }
    }

    function testAShareThatIsNothingIsRefused() public {
        // C_1 = -C_0, so the first share is the identity
        commitments.pop();
        commitments[1] = IEscrowGate.Point(BN254_R - commitments[0].x, commitments[0].y);
        uint256[3] memory zeros = [uint256(0), BN254_R, 2 * BN254_R];
        for (uint256 i = 0; i < zeros.length; ++i) {
            shares[0] = IEscrowGate.Point(zeros[i], 1);
            refuseGroup(stub);
        }
    }

    function testCommitmentsOfOtherOrderAreRefused() public {
        for (uint256 k = 0; k < THRESHOLD; ++k) {
            IEscrowGate.Point memory kept = commitments[k];
            commitments[k] = IEscrowGate.Point(0, 1);
            refuseGroup(k == 0 ? stubFor(commitments[k]) : stub);
            commitments[k] = IEscrowGate.Point(kept.x, kept.y + BN254_R);
            refuseGroup(k == 0 ? stubFor(commitments[k]) : stub);
            // (-x, -y) = (x, y) + (0, -1), a point of order 2
            commitments[k] = IEscrowGate.Point(BN254_R - kept.x, BN254_R - kept.y);
            refuseGroup(k == 0 ? stubFor(commitments[k]) : stub);
            commitments[k] = kept;
        }
    }

    function testAccountsThatAreZeroOrRepeatedAreRefused() public {
        for (uint256 i = 0; i < SIZE; ++i) {
            address kept = accounts[i];
            accounts[i] = address(0);
            refuseGroup(stub);
            for (uint256 j = 0; j < SIZE; ++j) {
                if (j == i) continue;
                accounts[i] = accounts[j];
                refuseGroup(stub);
            }
            accounts[i] = kept;
        }
    }

    function testThereAreAsManyAccountsAsArbiters() public {
        address last = accounts[SIZE - 1];
        accounts.pop();
        refuseGroup(stub);
        accounts.push(last);
        accounts.push(address(this));
        refuseGroup(stub);
    }

    function testTheGroupsDigestHasEveryAccount() public {
        uint256 digest = verifier.groupDigest();
        for (uint256 i = 0; i < SIZE; ++i) {
            address kept = accounts[i];
            accounts[i] = address(uint160(kept) ^ 1);
            assertTrue(deployed(stub).groupDigest() != digest, "digest");
            accounts[i] = kept;
        }
        record = bytes32(uint256(record) ^ 1);
        assertTrue(deployed(stub).groupDigest() != digest, "digest");
    }

    function testNumbersThatMakeNoGroupAreRefused() public {
        shares.pop();
        accounts.pop();
        deployed(stub);
        shares.pop();
        shares.pop();
        accounts.pop();
        accounts.pop();
        refuseGroup(stub);
        commitments.pop();
        commitments.pop();
        refuseGroup(stub);
        commitments.pop();
        refuseGroup(stub);
    }
}
