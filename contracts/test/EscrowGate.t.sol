// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EscrowGate} from "../src/gates/EscrowGate.sol";
import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IssuerRegistry} from "../src/IssuerRegistry.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IEligibilityGate} from "../src/interfaces/IEligibilityGate.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {LoanLens} from "../src/market/LoanLens.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {ElGamal} from "./support/ElGamal.sol";
import {GateFixture} from "./support/GateFixture.sol";
import {NO_FX} from "./support/NoFx.sol";

/// @dev The unchanged market on an escrow gate, with the real verifier and genuine proofs.
contract EscrowGateTest is GateFixture, ElGamal {
    uint256 private constant NULLIFIER = 77;
    EscrowGate private escrow;
    Groth16Verifier private groth16;
    IEscrowGate.Point private key;
    IEscrowGate.Seal private seal_;

    function setUp() public {
        loadToySetup();
        deployParts();
        groth16 = new Groth16Verifier(toyKey(10));
        key = pointOf(0x5ec7e7);
        escrow = new EscrowGate(groth16, registry, 1 days, 1 hours, NO_FX, key);
        openMarket(escrow);
        lens = new LoanLens(market);
        product = published(headerOf(address(token)), monthly("LLLLLLLLLLLR"));
        seal_ = IEscrowGate.Seal(pointOf(31337), 424242);
    }

    function pointOf(uint256 scalar) private view returns (IEscrowGate.Point memory) {
        ICreditLedger.Point memory p = times(scalar, base8());
        return IEscrowGate.Point(p.x, p.y);
    }

    function evidence(uint256 deadline) private view returns (IApplicationGate.Evidence memory) {
        return evidence(BORROWER, deadline, key, seal_);
    }

    /// @dev Evidence whose proof is genuine for this key and seal.
    function evidence(
        address borrower,
        uint256 deadline,
        IEscrowGate.Point memory to,
        IEscrowGate.Seal memory sealed_
    ) private view returns (IApplicationGate.Evidence memory e) {
        e.registryRoot = ROOT;
        e.nullifier = Nullifier.wrap(NULLIFIER);
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(deadline);
        uint256[] memory x = new uint256[](10);
        (x[0], x[1], x[3]) =
            lens.statementOf(
                borrower, product, PRINCIPAL, PURPOSE, e.policyNow, e.deadline
            );
        (x[2], x[4]) = (ROOT, NULLIFIER);
        (x[5], x[6]) = (to.x, to.y);
        (x[7], x[8], x[9]) = (sealed_.point.x, sealed_.point.y, sealed_.value);
        e.proof = toyProof(x);
    }

    function soon() private view returns (uint256) {
        return block.timestamp + 600;
    }

    function contextFor(address borrower, uint256 deadline) private view returns (uint256 context) {
        (, context,) = lens.statementOf(borrower, product, PRINCIPAL, PURPOSE, 0, deadline);
    }

    function place(address borrower, uint256 deadline, IEscrowGate.Seal memory sealed_)
        private
        returns (uint256 context)
    {
        context = contextFor(borrower, deadline);
        vm.prank(borrower);
        escrow.place(context, sealed_);
    }

    function invalid() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
    }

    // --- a loan with a sealed reference ---------------------------------------------------------

    function testASealIsKeptForItsLoan() public {
        uint256 context = place(BORROWER, soon(), seal_);
        IApplicationGate.Evidence memory e = evidence(soon());
        vm.expectEmit(true, true, true, true, address(escrow));
        emit IEscrowGate.Escrowed(address(market), LoanId.wrap(1), context, seal_);
        vm.prank(BORROWER);
        LoanId loanId = market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
        (uint256 found, IEscrowGate.Seal memory kept) = escrow.sealOf(address(market), loanId);
        assertEq(found, context, "context");
        assertEq(keccak256(abi.encode(kept)), keccak256(abi.encode(seal_)), "seal");
        fundAs(LENDER, loanId, PRINCIPAL);
        market.draw(loanId, BORROWER);
        assertEq(balance(BORROWER), PRINCIPAL * UNIT, "released");
    }

    function testEachLoanHasItsOwnSeal() public {
        uint256 first = place(BORROWER, soon(), seal_);
        LoanId loanId = accept(evidence(soon()));
        vm.prank(BORROWER);
        market.cancel(loanId);
        IEscrowGate.Seal memory other = IEscrowGate.Seal(pointOf(5), 6);
        uint256 second = place(BORROWER, soon(), other);
        assertTrue(first != second, "the application's number is in the context");
        LoanId next = accept(evidence(BORROWER, soon(), key, other));
        (, IEscrowGate.Seal memory kept) = escrow.sealOf(address(market), loanId);
        assertEq(kept.value, seal_.value, "first");
        (, kept) = escrow.sealOf(address(market), next);
        assertEq(kept.value, 6, "second");
    }

    function testPlacingAnnouncesTheSeal() public {
        uint256 context = contextFor(BORROWER, soon());
        vm.expectEmit(true, true, true, true, address(escrow));
        emit IEscrowGate.SealPlaced(BORROWER, context, seal_);
        vm.prank(BORROWER);
        escrow.place(context, seal_);
        assertEq(escrow.placed(BORROWER, context).value, seal_.value, "placed");
        assertEq(escrow.placed(OTHER, context).point.y, 0, "not another's");
    }

    // --- refused --------------------------------------------------------------------------------

    function testWithoutASealThereIsNoLoan() public {
        refuse(
            BORROWER,
            evidence(soon()),
            abi.encodeWithSelector(
                IEscrowGate.SealMissing.selector, BORROWER, contextFor(BORROWER, soon())
            )
        );
    }

    function testAProofToAnotherKeyIsRefused() public {
        place(BORROWER, soon(), seal_);
        refuse(BORROWER, evidence(BORROWER, soon(), pointOf(1), seal_), invalid());
    }

    function testASealThatIsNotTheProvenOneIsRefused() public {
        place(BORROWER, soon(), seal_);
        IEscrowGate.Seal memory other = seal_;
        other.value += 1;
        refuse(BORROWER, evidence(BORROWER, soon(), key, other), invalid());
        other = IEscrowGate.Seal(pointOf(2), seal_.value);
        refuse(BORROWER, evidence(BORROWER, soon(), key, other), invalid());
    }

    function testASealIsNeverChanged() public {
        uint256 context = place(BORROWER, soon(), seal_);
        bytes memory expected =
            abi.encodeWithSelector(IEscrowGate.SealExists.selector, BORROWER, context);
        for (uint256 turn = 0; turn < 2; ++turn) {
            vm.prank(BORROWER);
            vm.expectRevert(expected);
            escrow.place(context, seal_);
            if (turn == 0) accept(evidence(soon()));
        }
    }

    /// @dev Whoever sees a waiting transaction cannot take its context away.
    function testAStrangersSealDisturbsNobody() public {
        uint256 context = contextFor(BORROWER, soon());
        vm.prank(OTHER);
        escrow.place(context, IEscrowGate.Seal(pointOf(9), 1));
        place(BORROWER, soon(), seal_);
        LoanId loanId = accept(evidence(soon()));
        (, IEscrowGate.Seal memory kept) = escrow.sealOf(address(market), loanId);
        assertEq(kept.value, seal_.value, "the borrower's");
    }

    function testASealServesOneDeadlineAndOneBorrower() public {
        place(BORROWER, soon(), seal_);
        refuse(
            BORROWER,
            evidence(soon() + 1),
            abi.encodeWithSelector(
                IEscrowGate.SealMissing.selector, BORROWER, contextFor(BORROWER, soon() + 1)
            )
        );
        refuse(
            OTHER,
            evidence(OTHER, soon(), key, seal_),
            abi.encodeWithSelector(
                IEscrowGate.SealMissing.selector, OTHER, contextFor(OTHER, soon())
            )
        );
    }

    function testAProofIsUsedOnce() public {
        place(BORROWER, soon(), seal_);
        IApplicationGate.Evidence memory e = evidence(soon());
        LoanId loanId = accept(e);
        vm.prank(BORROWER);
        market.cancel(loanId);
        uint256 context = place(BORROWER, soon(), seal_);
        refuse(BORROWER, e, invalid());
        assertTrue(context != 0, "placed anew");
    }

    /// @dev A borrower who proved before the tree was posted again is not turned away.
    function testAReplacedRootServesUntilItsAge() public {
        place(BORROWER, soon(), seal_);
        IApplicationGate.Evidence memory e = evidence(soon());
        vm.prank(REGISTRAR);
        registry.post(ROOT + 1, bytes32(0), "");
        vm.warp(block.timestamp + 1);
        assertTrue(registry.currentRoot() != ROOT, "replaced");
        lens.checkApplication(BORROWER, product, PRINCIPAL, PURPOSE, e);
        accept(e);
    }

    function testAnOldRootIsRefused() public {
        place(BORROWER, soon(), seal_);
        IApplicationGate.Evidence memory e = evidence(soon());
        e.registryRoot = 99;
        refuse(BORROWER, e, abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, 99));
    }

    function refuseSeal(IEscrowGate.Seal memory bad) private {
        vm.expectRevert(IEscrowGate.SealInvalid.selector);
        escrow.place(1, bad);
    }

    function testBadSealsAreRefused() public {
        IEscrowGate.Point memory p = seal_.point;
        refuseSeal(IEscrowGate.Seal(p, BN254_R));
        refuseSeal(IEscrowGate.Seal(p, type(uint256).max));
        refuseSeal(IEscrowGate.Seal(IEscrowGate.Point(p.x + BN254_R, p.y), 1));
        refuseSeal(IEscrowGate.Seal(IEscrowGate.Point(p.x, p.y + BN254_R), 1));
        refuseSeal(IEscrowGate.Seal(IEscrowGate.Point(p.x ^ 1, p.y), 1));
        refuseSeal(IEscrowGate.Seal(IEscrowGate.Point(0, 0), 1));
        refuseSeal(IEscrowGate.Seal(IEscrowGate.Point(0, 1), 1));
        refuseSeal(IEscrowGate.Seal(IEscrowGate.Point(0, BN254_R - 1), 1));
    }

    function testNoPointOfLowOrderIsASeal() public {
        string memory json = vm.readFile("test/fixtures/babyjub_sums.json");
        bytes memory points = vm.parseJsonBytes(json, ".points");
        uint256 count = vm.parseJsonUint(json, ".lowOrder");
        assertEq(count, 8, "fixture");
        for (uint256 i = 0; i < count; ++i) {
            IEscrowGate.Point memory p;
            assembly ("memory-safe") {
                mstore(p, mload(add(points, add(32, mul(64, i)))))
                mstore(add(p, 32), mload(add(points, mul(64, add(i, 1)))))
            }
            refuseSeal(IEscrowGate.Seal(p, 1));
        }
    }

    function testLoansOfOthersHaveNoSeal() public {
        place(BORROWER, soon(), seal_);
        LoanId loanId = accept(evidence(soon()));
        address[2] memory markets = [address(market), address(this)];
        for (uint256 i = 0; i < 2; ++i) {
            LoanId unknown = LoanId.wrap(LoanId.unwrap(loanId) + 1 - i);
            vm.expectRevert(
                abi.encodeWithSelector(IEscrowGate.LoanNotEscrowed.selector, markets[i], unknown)
            );
            escrow.sealOf(markets[i], unknown);
        }
    }

    function testArbitersOfOtherOrderAreRefused() public {
        IEscrowGate.Point[5] memory bad = [
            IEscrowGate.Point(0, 1),
            IEscrowGate.Point(0, 0),
            IEscrowGate.Point(key.x + BN254_R, key.y),
            IEscrowGate.Point(key.x ^ 1, key.y),
            // (x, y) + (0, -1), a point of order 2
            IEscrowGate.Point(BN254_R - key.x, BN254_R - key.y)
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(IEscrowGate.ArbitersInvalid.selector);
            new EscrowGate(groth16, registry, 1, 1, NO_FX, bad[i]);
        }
    }

    function testAVerifierForAnotherStatementIsRefused() public {
        Groth16Verifier other = new Groth16Verifier(toyKey(5));
        vm.expectRevert(
            abi.encodeWithSelector(IApplicationGate.VerifierUnsuitable.selector, 5)
        );
        new EscrowGate(other, registry, 1, 1, NO_FX, key);
    }

    function testNobodyButAMarketConsumes() public {
        place(BORROWER, soon(), seal_);
        IApplicationGate.Evidence memory e = evidence(soon());
        IApplicationGate.Application memory a;
        a.borrower = BORROWER;
        (bool ok,) = address(escrow).call(abi.encodeCall(IApplicationGate.consume, (a, e)));
        assertTrue(!ok, "refused");
        assertEq(escrow.applicationNonce(address(this), BORROWER), 0, "nothing counted");
    }
}
