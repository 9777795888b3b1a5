// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IssuerRegistry} from "../src/IssuerRegistry.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {IEligibilityGate} from "../src/interfaces/IEligibilityGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {ProductId} from "../src/types/ProductId.sol";
import {LoneMarket} from "./support/LoneMarket.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {NO_FX} from "./support/NoFx.sol";
import {ToyProver} from "./support/ToyProver.sol";

/// @dev The gate with the real verifier and genuine proofs: what a proof is bound to.
contract EligibilityGateTest is MarketFixture, ToyProver {
    uint256 private constant NULLIFIER = 42;

    function setUp() public {
        loadToySetup();
        deployMarket(new Groth16Verifier(toyKey(5)));
        bytes memory header = headerOf(address(token));
        setPolicy(header, strictPolicy());
        product = published(header, monthly("LLLLLLLLLLLR"));
    }

    function strictPolicy() private pure returns (IApplicationGate.Policy memory) {
        return IApplicationGate.Policy({
            minScore: 600,
            maxScore: 65535,
            coverageBps: 12_000,
            maxDtiBps: 4_000,
            maxDelinquencies: 1,
            minHistoryMonths: 12,
            currency: 840,
            maxCredentialAge: 90 days
        });
    }

    function application(address borrower)
        private
        view
        returns (IApplicationGate.Application memory)
    {
        return applicationOf(borrower, product, PRINCIPAL);
    }

    function evidence(address consumer, IApplicationGate.Application memory a)
        private
        view
        returns (IApplicationGate.Evidence memory e)
    {
        e.registryRoot = ROOT;
        e.nullifier = Nullifier.wrap(NULLIFIER);
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp + 600);
        uint256[] memory x = new uint256[](5);
        x[0] = gate.policyWord(a.policy, a.instalment, e.policyNow);
        uint256 nonce = gate.applicationNonce(consumer, a.borrower);
        x[1] = gate.contextOf(consumer, a, nonce, e.deadline);
        x[2] = e.registryRoot;
        x[3] = gate.scopeOf(consumer);
        x[4] = NULLIFIER;
        e.proof = toyProof(x);
    }

    function refuse(
        address consumer,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e,
        bytes memory expected
    ) private {
        (bool ok, bytes memory answer) =
            address(gate).staticcall(abi.encodeCall(IApplicationGate.check, (consumer, a, e)));
        assertReverted(ok, answer, expected);
        vm.prank(consumer);
        (ok, answer) = address(gate).call(abi.encodeCall(IApplicationGate.consume, (a, e)));
        assertReverted(ok, answer, expected);
    }

    function invalid() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
    }

    function testAGenuineProofIsConsumedOnce() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        gate.check(address(market), a, e);
        vm.prank(address(market));
        vm.expectEmit(true, true, true, true, address(gate));
        emit IApplicationGate.Consumed(address(market), BORROWER, e.nullifier, a.productId, 0);
        assertEq(Nullifier.unwrap(gate.consume(a, e)), NULLIFIER, "nullifier");
        assertEq(gate.applicationNonce(address(market), BORROWER), 1, "nonce");
        refuse(address(market), a, e, invalid());
    }

    /// @dev The bytes differ, the statement is the same: what counts is the application number.
    function testAReRandomisedProofCannotApplyTwice() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory first = evidence(address(market), a);
        IApplicationGate.Evidence memory second = evidence(address(market), a);
        uint256[] memory x = new uint256[](5);
        x[0] = gate.policyWord(a.policy, a.instalment, second.policyNow);
        x[1] = gate.contextOf(address(market), a, 0, second.deadline);
        (x[2], x[3], x[4]) = (ROOT, gate.scopeOf(address(market)), NULLIFIER);
        second.proof = toyProof(x, 4711, "b1");
        gate.check(address(market), a, first);
        gate.check(address(market), a, second);

        vm.startPrank(BORROWER);
        LoanId loanId = market.applyForLoan(product, PRINCIPAL, PURPOSE, first);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.applyForLoan(product, PRINCIPAL, PURPOSE, second);
        // nor does a genuine proof of the next application
        IApplicationGate.Evidence memory third = evidence(address(market), a);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICreditBureau.PseudonymTaken.selector,
                NULLIFIER,
                ICreditBureau.State.Reserved,
                START + 7 days + 1
            )
        );
        market.applyForLoan(product, PRINCIPAL, PURPOSE, third);
        market.cancel(loanId);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.applyForLoan(product, PRINCIPAL, PURPOSE, second);
        vm.stopPrank();
    }

    function testCheckDoesNotConsume() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        gate.check(address(market), a, e);
        gate.check(address(market), a, e);
        vm.prank(address(market));
        gate.consume(a, e);
    }

    /// @dev Arianee, Nightfall and hackathon verifiers: a proof that was not bound to these.
    function testAProofServesNothingButItsApplication() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);

        refuse(address(new LoneMarket()), a, e, invalid()); // another market
        a.borrower = OTHER;
        refuse(address(market), a, e, invalid());
        a = application(BORROWER);
        a.productId = ProductId.wrap(2);
        refuse(address(market), a, e, invalid());
        a = application(BORROWER);
        a.principal += 1;
        refuse(address(market), a, e, invalid());
        a = application(BORROWER);
        a.purpose += 1;
        refuse(address(market), a, e, invalid());
        a = application(BORROWER);
        a.instalment -= 1;
        refuse(address(market), a, e, invalid());
        a = application(BORROWER);
        a.termsHash ^= bytes32(uint256(1));
        refuse(address(market), a, e, invalid());

        a = application(BORROWER);
        e.deadline += 1;
        refuse(address(market), a, e, invalid());
        e = evidence(address(market), a);
        e.nullifier = Nullifier.wrap(NULLIFIER + 1);
        refuse(address(market), a, e, invalid());
        e = evidence(address(market), a);
        e.policyNow -= 1;
        refuse(address(market), a, e, invalid());
    }

    function testIssuersOfLedgerEntriesAreNotJudgedHere() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        a.issuers = bytes26(keccak256("a list"));
        bytes memory expected =
            abi.encodeWithSelector(IApplicationGate.IssuersNotJudged.selector);
        refuse(address(market), a, e, expected);
    }

    function testBytesThatNobodyJudgesAreRefused() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        e.extra = hex"00";
        bytes memory expected =
            abi.encodeWithSelector(IApplicationGate.ExtraNotJudged.selector, 1);
        refuse(address(market), a, e, expected);
    }

    function testEachPolicyFieldIsBound() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        for (uint256 field = 0; field < 8; ++field) {
            IApplicationGate.Policy memory p = strictPolicy();
            if (field == 0) p.minScore -= 1;
            if (field == 1) p.maxScore -= 1;
            if (field == 2) p.coverageBps -= 1;
            if (field == 3) p.maxDtiBps += 1;
            if (field == 4) p.maxDelinquencies += 1;
            if (field == 5) p.minHistoryMonths -= 1;
            if (field == 6) p.currency += 1;
            if (field == 7) p.maxCredentialAge += 1;
            a.policy = p;
            // the loan moves to the policy's currency, which this gate judges alone
            a.currency = p.currency;
            refuse(address(market), a, e, invalid());
        }
    }

    function testAForkOfTheChainRefusesTheProof() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        vm.chainId(block.chainid + 1);
        refuse(address(market), a, e, invalid());
    }

    function testAnotherGateRefusesTheProof() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        gate = new EligibilityGate(gate.verifier(), registry, 1 days, 1 hours, NO_FX);
        refuse(address(market), a, e, invalid());
    }

    function testNullifierOrRootPlusTheOrderIsRefused() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        e.nullifier = Nullifier.wrap(NULLIFIER + BN254_R);
        bytes memory expected =
            abi.encodeWithSelector(IGroth16Verifier.InputOutOfField.selector, 4);
        refuse(address(market), a, e, expected);
        e.nullifier = Nullifier.wrap(NULLIFIER);
        e.registryRoot += BN254_R;
        expected =
            abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, e.registryRoot);
        refuse(address(market), a, e, expected);
    }

    function testRootWindowEdges() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e;
        vm.prank(REGISTRAR);
        registry.post(ROOT + 1, bytes32(0), "");
        vm.warp(START + 1 days);
        e = evidence(address(market), a);
        gate.check(address(market), a, e);
        vm.warp(START + 1 days + 1);
        e = evidence(address(market), a);
        bytes memory expected =
            abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, ROOT);
        refuse(address(market), a, e, expected);
    }

    function testAPendingRootIsRefusedToTheLastSecondOfItsDelay() public {
        registry = new IssuerRegistry(ADMIN, REGISTRAR, GUARDIAN, 1 hours, 30 days);
        gate = new EligibilityGate(gate.verifier(), registry, 1 days, 1 hours, NO_FX);
        vm.prank(REGISTRAR);
        registry.post(ROOT, bytes32(0), "");
        IApplicationGate.Application memory a = application(BORROWER);
        bytes memory expected =
            abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, ROOT);
        vm.warp(START + 1 hours - 1);
        refuse(address(market), a, evidence(address(market), a), expected);
        vm.warp(START + 1 hours);
        gate.check(address(market), a, evidence(address(market), a));
        vm.warp(START + 1 hours + 30 days);
        gate.check(address(market), a, evidence(address(market), a));
        vm.warp(START + 1 hours + 30 days + 1);
        refuse(address(market), a, evidence(address(market), a), expected);
        vm.prank(REGISTRAR);
        registry.renew(ROOT);
        gate.check(address(market), a, evidence(address(market), a));
    }

    function testZeroUnknownAndWithdrawnRootsAreRefused() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        e.registryRoot = 0;
        refuse(
            address(market), a, e, abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, 0)
        );
        e.registryRoot = ROOT + 1;
        refuse(
            address(market),
            a,
            e,
            abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, ROOT + 1)
        );
        e.registryRoot = ROOT;
        uint256[] memory roots = new uint256[](1);
        roots[0] = ROOT;
        vm.prank(GUARDIAN);
        registry.withdrawRoots(roots);
        refuse(
            address(market),
            a,
            e,
            abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, ROOT)
        );
    }

    function testClockWindowEdges() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        // long enough a deadline: the context is part of the proof, so make it again
        e = evidenceWithDeadline(a, START + 1 days);
        vm.warp(START + 1 hours);
        gate.check(address(market), a, e);
        vm.warp(START + 1 hours + 1);
        refuse(
            address(market),
            a,
            e,
            abi.encodeWithSelector(
                IApplicationGate.ClockNotFresh.selector, START, block.timestamp
            )
        );
        vm.warp(START - 1);
        refuse(
            address(market),
            a,
            e,
            abi.encodeWithSelector(
                IApplicationGate.ClockNotFresh.selector, START, block.timestamp
            )
        );
        vm.warp(START);
        gate.check(address(market), a, e);
    }

    function evidenceWithDeadline(IApplicationGate.Application memory a, uint256 deadline)
        private
        view
        returns (IApplicationGate.Evidence memory e)
    {
        e = evidence(address(market), a);
        e.deadline = uint40(deadline);
        uint256[] memory x = new uint256[](5);
        x[0] = gate.policyWord(a.policy, a.instalment, e.policyNow);
        x[1] = gate.contextOf(address(market), a, 0, deadline);
        (x[2], x[3], x[4]) = (ROOT, gate.scopeOf(address(market)), NULLIFIER);
        e.proof = toyProof(x);
    }

    function testDeadlineEdges() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        vm.warp(e.deadline);
        gate.check(address(market), a, e);
        vm.warp(e.deadline + 1);
        refuse(
            address(market),
            a,
            e,
            abi.encodeWithSelector(
                IApplicationGate.DeadlinePassed.selector, e.deadline, block.timestamp
            )
        );
    }

    function testManyRootUpdatesDoNotKillAPendingProof() public {
        IApplicationGate.Application memory a = application(BORROWER);
        IApplicationGate.Evidence memory e = evidence(address(market), a);
        for (uint256 root = 100; root < 300; ++root) {
            vm.prank(REGISTRAR);
            registry.post(root, bytes32(0), "");
        }
        vm.prank(address(market));
        gate.consume(a, e);
    }

    function testSomeoneElsesMarketCannotUseUpABorrowersNonce() public {
        IApplicationGate.Application memory a = application(BORROWER);
        address other = address(new LoneMarket());
        IApplicationGate.Evidence memory e = evidence(other, a);
        vm.prank(other);
        gate.consume(a, e);
        assertEq(gate.applicationNonce(other, BORROWER), 1, "theirs");
        assertEq(gate.applicationNonce(address(market), BORROWER), 0, "ours");
    }

    /// @dev snarkjs behind `if (verify) ... else emit Rejected()` records a rejection of a valid
    ///      proof between 150k and 220k gas. Here an application lands or nothing happens.
    function testGasStarvationNeverRecordsAnything() public {
        IApplicationGate.Evidence memory e = evidence(address(market), application(BORROWER));
        bytes memory call =
            abi.encodeCall(ILoanMarket.applyForLoan, (product, PRINCIPAL, PURPOSE, e));
        bool landed;
        for (uint256 supply = 30_000; supply <= 1_000_000 && !landed; supply += 4_321) {
            vm.prank(BORROWER);
            (landed,) = address(market).call{gas: supply}(call);
            assertEq(market.loanCount(), landed ? 1 : 0, "loans");
            assertEq(
                gate.applicationNonce(address(market), BORROWER), landed ? 1 : 0, "nonce"
            );
            assertEq(bureauState(NULLIFIER), landed ? 1 : 0, "pseudonym");
        }
        assertTrue(landed, "a million must do");
    }

    function testPolicyWordLayout() public view {
        IApplicationGate.Policy memory p = IApplicationGate.Policy({
            minScore: 1,
            maxScore: 2,
            coverageBps: 4,
            maxDtiBps: 5,
            maxDelinquencies: 6,
            minHistoryMonths: 7,
            currency: 8,
            maxCredentialAge: 9
        });
        uint256 expected = 1 | (2 << 16) | (3 << 32) | (4 << 80) | (5 << 100) | (6 << 116)
            | (7 << 132) | (8 << 148) | (uint256(1000) << 164) | (uint256(991) << 204);
        assertEq(gate.policyWord(p, 3, 1000), expected, "word");
        p.maxCredentialAge = 0;
        assertEq(gate.policyWord(p, 3, 1000) >> 204, 0, "neutral age");
        p.maxCredentialAge = 1001;
        assertEq(gate.policyWord(p, 3, 1000) >> 204, 0, "older than time");
        p.maxCredentialAge = 1000;
        assertEq(gate.policyWord(p, 3, 1000) >> 204, 0, "edge");
    }

    function testPolicyFieldsThatDoNotFitAreRefused() public {
        IApplicationGate.Policy memory p = strictPolicy();
        vm.expectRevert(IApplicationGate.PolicyOutOfRange.selector);
        gate.policyWord(p, 1 << 48, 1000);
        vm.expectRevert(IApplicationGate.PolicyOutOfRange.selector);
        gate.policyWord(p, 1, 1 << 40);
        p.coverageBps = 1 << 20;
        vm.expectRevert(IApplicationGate.PolicyOutOfRange.selector);
        gate.policyWord(p, 1, 1000);
    }

    function testFuzzEveryPolicyHasItsOwnWord(
        IApplicationGate.Policy memory a,
        IApplicationGate.Policy memory b
    ) public view {
        a.coverageBps %= 1 << 20;
        b.coverageBps %= 1 << 20;
        a.maxCredentialAge %= 1_000_000;
        b.maxCredentialAge %= 1_000_000;
        bool same = keccak256(abi.encode(a)) == keccak256(abi.encode(b));
        bool sameWord = gate.policyWord(a, 77, START) == gate.policyWord(b, 77, START);
        assertTrue(same == sameWord, "injective");
        assertTrue(gate.policyWord(a, 77, START) >> 244 == 0, "244 bits");
    }

    function testContextAndScopeAreTheDocumentedHashes() public view {
        IApplicationGate.Application memory a;
        (a.borrower, a.productId, a.principal) = (BORROWER, ProductId.wrap(3), 4);
        (a.purpose, a.termsHash) = (5, keccak256("terms"));
        bytes32 digest = keccak256(
            abi.encode(block.chainid, address(gate), OTHER, BORROWER, 3, 4, 5, a.termsHash, 6, 7)
        );
        assertEq(gate.contextOf(OTHER, a, 6, 7), uint256(digest) >> 8, "context");
        digest = keccak256(abi.encode("zkcredit.bureau", block.chainid, address(bureau)));
        assertEq(gate.scopeOf(address(market)), uint256(digest) >> 8, "scope");
    }

    function testAVerifierForAnotherStatementIsRefused() public {
        Groth16Verifier other = new Groth16Verifier(toyKey(4));
        vm.expectRevert(
            abi.encodeWithSelector(IApplicationGate.VerifierUnsuitable.selector, 4)
        );
        new EligibilityGate(other, registry, 1, 1, NO_FX);
    }
}
