// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningVerifier} from "../../src/OpeningVerifier.sol";
import {IEscrowGate} from "../../src/interfaces/IEscrowGate.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {IOpeningVerifier} from "../../src/interfaces/IOpeningVerifier.sol";
import {BabyJubJubScalars} from "../../src/libraries/BabyJubJubScalars.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev When a valid part of an opening is accepted, and when nobody can be convicted. The group of
///      two has the polynomial 1 + x, the seal's point is B8 and the proof's randomness 1, so that
///      every multiple is a constant. This contract is market and gate.
contract OpeningProperties is SymbolicBase {
    uint256 private constant CONTEXT = 77;
    uint256 private constant SHARE = 2; // 1 + x at arbiter 1
    address private constant FIRST = address(0xA1);
    address private constant SECOND = address(0xA2);
    LoanId private constant LOAN = LoanId.wrap(1);

    uint256 public constant loanCount = 1;
    OpeningVerifier private verifier;
    ILoanMarket.LoanStatus private status;

    function setUp() public {
        IEscrowGate.Point[] memory commitments = new IEscrowGate.Point[](2);
        IEscrowGate.Point[] memory shares = new IEscrowGate.Point[](2);
        address[] memory accounts = new address[](2);
        (commitments[0], commitments[1]) = (base(), base());
        (shares[0], shares[1]) = (twice(), thrice());
        (accounts[0], accounts[1]) = (FIRST, SECOND);
        verifier = new OpeningVerifier(
            ILoanMarket(address(this)), commitments, shares, accounts, bytes32(0)
        );
    }

    // --- market and gate ------------------------------------------------------------------------

    function gate() external view returns (address) {
        return address(this);
    }

    function arbiters() external pure returns (IEscrowGate.Point memory) {
        return base();
    }

    function loan(LoanId) external view returns (ILoanMarket.Loan memory found) {
        found.status = status;
    }

    function sealOf(address, LoanId) external pure returns (uint256, IEscrowGate.Seal memory) {
        return (CONTEXT, IEscrowGate.Seal(base(), 0));
    }

    // --- the part -------------------------------------------------------------------------------

    function base() private pure returns (IEscrowGate.Point memory) {
        return IEscrowGate.Point(BabyJubJubScalars.BASE_X, BabyJubJubScalars.BASE_Y);
    }

    function twice() private pure returns (IEscrowGate.Point memory) {
        return IEscrowGate.Point(
            10031262171927540148667355526369034398030886437092045105752248699557385197826,
            633281375905621697187330766174974863687049529291089048651929454608812697683
        );
    }

    function thrice() private pure returns (IEscrowGate.Point memory) {
        return IEscrowGate.Point(
            2763488322167937039616325905516046217694264098671987087929565332380420898366,
            15305195750036305661220525648961313310481046260814497672243197092298550508693
        );
    }

    /// @dev An eighth of the part: B8 / 4.
    function quarter() private pure returns (IEscrowGate.Point memory) {
        return IEscrowGate.Point(
            203990482483156675068230835703292031633502506535406124252709076945833048267,
            1048358829829221351727397162013352281514141022385127976075550477634089632625
        );
    }

    function part() private view returns (IOpeningVerifier.PartialOpening memory o) {
        bytes memory head = abi.encode(
            keccak256("zkcredit.escrow.opening/1"), verifier.groupDigest(), CONTEXT, uint256(1)
        );
        bytes memory tail = abi.encode(base(), twice(), twice(), base(), base());
        uint256 c = uint256(keccak256(bytes.concat(head, tail))) >> 128;
        (o.arbiter, o.part, o.eighth) = (1, twice(), quarter());
        (o.announcedBase, o.announcedPoint) = (base(), base());
        o.answer = (1 + c * SHARE) % BabyJubJubScalars.ORDER;
    }

    // --- properties -----------------------------------------------------------------------------

    function check_APartIsAcceptedAfterADefaultAlone(uint8 state) external {
        vm.assume(state <= uint8(type(ILoanMarket.LoanStatus).max));
        status = ILoanMarket.LoanStatus(state);
        (bool ok,) =
            address(verifier).staticcall(abi.encodeCall(IOpeningVerifier.check, (LOAN, part())));
        assert(ok == (status == ILoanMarket.LoanStatus.Defaulted));
    }

    /// @dev Whatever is signed, and whoever brings it, a loan that is or was in default convicts
    ///      nobody. halmos does not know the hashes of blocks, so it cannot go further in `accuse`.
    function check_ALoanThatDefaultedConvictsNobody(
        address caller,
        bool recovered,
        LoanId loanId,
        IOpeningVerifier.PartialOpening memory opening,
        IOpeningVerifier.SignedBlock memory said
    ) external {
        status = recovered
            ? ILoanMarket.LoanStatus.Recovered
            : ILoanMarket.LoanStatus.Defaulted;
        vm.prank(caller);
        (bool ok,) = address(verifier).call(
            abi.encodeCall(IOpeningVerifier.accuse, (loanId, opening, said))
        );
        assert(!ok);
        assert(!verifier.isAccused(opening.arbiter, loanId));
    }

    function check_StrangersHaveNoShare(uint256 arbiter) external view {
        vm.assume(arbiter == 0 || arbiter > 2);
        (bool ok,) = address(verifier).staticcall(
            abi.encodeCall(IOpeningVerifier.accountOf, (arbiter))
        );
        assert(!ok);
        (ok,) =
            address(verifier).staticcall(abi.encodeCall(IOpeningVerifier.shareOf, (arbiter)));
        assert(!ok);
    }
}
