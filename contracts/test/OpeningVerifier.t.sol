// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningVerifier} from "../src/OpeningVerifier.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../src/interfaces/IOpeningVerifier.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev A market and its gate with one loan, whose status the test chooses.
contract OneLoan {
    ILoanMarket.LoanStatus public status = ILoanMarket.LoanStatus.Defaulted;
    uint256 private _context;
    IEscrowGate.Point private _key;
    IEscrowGate.Seal private _seal;

    constructor(IEscrowGate.Point memory key, uint256 context, IEscrowGate.Seal memory seal_) {
        (_key, _context, _seal) = (key, context, seal_);
    }

    function set(ILoanMarket.LoanStatus status_) external {
        status = status_;
    }

    function gate() external view returns (address) {
        return address(this);
    }

    function arbiters() external view returns (IEscrowGate.Point memory) {
        return _key;
    }

    function loan(LoanId) external view returns (ILoanMarket.Loan memory found) {
        found.status = status;
    }

    function sealOf(address market, LoanId loanId)
        external
        view
        returns (uint256, IEscrowGate.Seal memory)
    {
        if (LoanId.unwrap(loanId) != 1) revert IEscrowGate.LoanNotEscrowed(market, loanId);
        return (_context, _seal);
    }
}

/// @dev The contract against openings that Python made (support/contracts/partial_openings.py).
contract OpeningVerifierTest is TestBase {
    uint256 private constant WORDS = 10;
    uint256 private constant SIZE = 5;
    uint256 private constant THRESHOLD = 3;
    LoanId private constant LOAN = LoanId.wrap(1);

    string private json;
    bytes32 private record;
    IEscrowGate.Point[] private commitments;
    IEscrowGate.Point[] private shares;
    uint256[] private valid;
    uint256[] private invalid;
    OneLoan private stub;
    OpeningVerifier private verifier;

    function setUp() public {
        json = vm.readFile("test/fixtures/partial_openings.json");
        points(commitments, words(".commitments"));
        points(shares, words(".shares"));
        record = bytes32(words(".record")[0]);
        valid = words(".valid");
        invalid = words(".invalid");
        assertEq(valid.length, SIZE * WORDS, "fixture");
        stub = stubFor(commitments[0]);
        verifier = new OpeningVerifier(ILoanMarket(address(stub)), commitments, shares, record);
    }

    function stubFor(IEscrowGate.Point memory key) private returns (OneLoan) {
        uint256[] memory s = words(".seal");
        IEscrowGate.Seal memory seal_ = IEscrowGate.Seal(IEscrowGate.Point(s[0], s[1]), s[2]);
        return new OneLoan(key, words(".context")[0], seal_);
    }

    function words(string memory name) private view returns (uint256[] memory list) {
        bytes memory data = vm.parseJsonBytes(json, name);
        list = new uint256[](data.length / 32);
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(data, mul(32, add(i, 1))))
            }
            list[i] = word;
        }
    }

    function points(IEscrowGate.Point[] storage list, uint256[] memory coordinates) private {
        for (uint256 i = 0; i < coordinates.length; i += 2) {
            list.push(IEscrowGate.Point(coordinates[i], coordinates[i + 1]));
        }
    }

    function openingAt(uint256[] storage list, uint256 index)
        private
        view
        returns (IOpeningVerifier.PartialOpening memory opening)
    {
        uint256[10] memory w;
        for (uint256 i = 0; i < WORDS; ++i) {
            w[i] = list[index * WORDS + i];
        }
        return decoded(w);
    }

    function decoded(uint256[10] memory w)
        private
        pure
        returns (IOpeningVerifier.PartialOpening memory)
    {
        return IOpeningVerifier.PartialOpening({
            arbiter: w[0],
            part: IEscrowGate.Point(w[1], w[2]),
            eighth: IEscrowGate.Point(w[3], w[4]),
            announcedBase: IEscrowGate.Point(w[5], w[6]),
            announcedPoint: IEscrowGate.Point(w[7], w[8]),
            answer: w[9]
        });
    }

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
        vm.expectRevert(expected);
        verifier.accuse(LOAN, opening);
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
                IEscrowGate.LoanNotEscrowed.selector, address(stub), uint256(2)
            )
        );
        verifier.check(LoanId.wrap(2), openingAt(valid, 0));
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

    function testAnOpeningWithoutDefaultIsMisconductOfItsArbiter() public {
        for (uint256 s = 0; s <= uint256(type(ILoanMarket.LoanStatus).max); ++s) {
            ILoanMarket.LoanStatus status = ILoanMarket.LoanStatus(s);
            stub.set(status);
            bool defaulted = status == ILoanMarket.LoanStatus.Defaulted
                || status == ILoanMarket.LoanStatus.Recovered;
            if (defaulted) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        IOpeningVerifier.LoanDefaulted.selector, uint256(1), status
                    )
                );
            } else {
                vm.expectEmit(true, true, true, true, address(verifier));
                emit IOpeningVerifier.Misconduct(3, LOAN, status);
            }
            verifier.accuse(LOAN, openingAt(valid, 2));
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
        }
        uint256[3] memory strangers = [uint256(0), SIZE + 1, type(uint256).max];
        for (uint256 i = 0; i < strangers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IOpeningVerifier.ArbiterUnknown.selector, strangers[i])
            );
            verifier.shareOf(strangers[i]);
        }
    }

    function refuseGroup(OneLoan market) private {
        vm.expectRevert(IOpeningVerifier.GroupInvalid.selector);
        new OpeningVerifier(ILoanMarket(address(market)), commitments, shares, record);
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
            shares[i] = IEscrowGate.Point(0, 1);
            refuseGroup(stub);
            shares[i] = kept;
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

    function testNumbersThatMakeNoGroupAreRefused() public {
        shares.pop();
        new OpeningVerifier(ILoanMarket(address(stub)), commitments, shares, record);
        shares.pop();
        shares.pop();
        refuseGroup(stub);
        commitments.pop();
        commitments.pop();
        refuseGroup(stub);
        commitments.pop();
        refuseGroup(stub);
    }
}
