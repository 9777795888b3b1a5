// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {HistoryEligibilityGate} from "../src/gates/HistoryEligibilityGate.sol";
import {HistoryGate} from "../src/gates/HistoryGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {IEligibilityGate} from "../src/interfaces/IEligibilityGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {IHistoryGate} from "../src/interfaces/IHistoryGate.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {ProductId} from "../src/types/ProductId.sol";
import {HashVerifier} from "./support/HashVerifier.sol";
import {LoneMarket} from "./support/LoneMarket.sol";
import {NO_FX} from "./support/NoFx.sol";
import {RecordFixture, SaidTree} from "./support/RecordFixture.sol";

/// @dev What both kinds of gate about records refuse, and what a proof is bound to.
abstract contract RecordGateCases is RecordFixture {
    uint256 private constant CHAIN = 31337;
    uint256 private constant FIELDS = 10;

    function setUp() public {
        deployRecords();
    }

    function invalid() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
    }

    function testARecordIsProvedOnce() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        judge.check(address(market), a, e);
        assertEq(Nullifier.unwrap(market.consume(a, e)), WHO, "nullifier");
        assertTrue(judge.consumedLast(address(market), e.nullifier), "proved here");
        expect(a, e, invalid());
    }

    /// @dev Each field of an application in its turn, with a genuine proof for the unchanged one.
    function testAProofFitsOneApplication() public {
        vm.chainId(CHAIN);
        for (uint256 field = 0; field < FIELDS; ++field) {
            IApplicationGate.Application memory a = application();
            IApplicationGate.Evidence memory e = evidence(a);
            (IApplicationGate asked, address market_) = (judge, address(market));
            asked.check(market_, a, e);
            if (field == 0) vm.chainId(CHAIN + 1);
            if (field == 1) asked = twin;
            if (field == 2) market_ = address(second);
            if (field == 3) a.borrower = OTHER;
            if (field == 4) a.productId = ProductId.wrap(2);
            if (field == 5) a.principal += 1;
            if (field == 6) a.purpose += 1;
            if (field == 7) a.termsHash ^= bytes32(uint256(1));
            if (field == 8) market.consume(a, e);
            if (field == 9) e.deadline += 1;
            (bool ok, bytes memory answer) = address(asked).staticcall(
                abi.encodeCall(IApplicationGate.check, (market_, a, e))
            );
            assertReverted(ok, answer, invalid());
            vm.chainId(CHAIN);
        }
    }

    function testTermsAreTheProducts() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        for (uint256 bit = 0; bit < 164; ++bit) {
            if (bit >= 68 && bit < 84) continue; // the day
            a.historyTerms = TERMS ^ 1 << bit;
            expect(a, e, invalid());
        }
    }

    function testATermsWordHasNoDayAndNoMoreBits() public {
        for (uint256 bit = 68; bit < 256; ++bit) {
            if (bit == 84) bit = 164;
            IApplicationGate.Application memory a = application();
            IApplicationGate.Evidence memory e = evidence(a);
            a.historyTerms |= 1 << bit;
            expect(
                a,
                e,
                abi.encodeWithSelector(IHistoryGate.HistoryTermsInvalid.selector, a.historyTerms)
            );
        }
    }

    function testTheDayIsNeverBehindTheBlock() public view {
        uint256 word = judge.historyTermsWord(TERMS, block.timestamp);
        assertEq(word, TERMS | today() << 68, "word");
        // as far behind as the clock may be, it is still the block's day
        uint256 midnight = (START / 1 days + 1) * 1 days;
        assertEq(judge.historyTermsWord(0, midnight - CLOCK) >> 68, midnight / 1 days, "this day");
        assertEq(
            judge.historyTermsWord(0, midnight - CLOCK - 1) >> 68, midnight / 1 days - 1, "before"
        );
    }

    function testFuzzTheDayIsNeverBehindTheBlock(uint256 time, uint256 age) public view {
        time = CLOCK + time % (65_534 days);
        uint256 day = judge.historyTermsWord(0, time - age % (CLOCK + 1)) >> 68;
        assertTrue(day >= time / 1 days && day <= time / 1 days + 1, "the day, or the next one");
    }

    function testAProofOfYesterdayIsRefused() public {
        IApplicationGate.Application memory a = application();
        vm.warp((START / 1 days + 1) * 1 days - CLOCK - 1);
        IApplicationGate.Evidence memory e = evidence(a);
        judge.check(address(market), a, e);
        vm.warp(block.timestamp + 1);
        e.policyNow = uint40(block.timestamp);
        expect(a, e, invalid());
    }

    function testTheLastDayHasAWord() public {
        uint256 last = uint256(1 << 16) * 1 days - CLOCK;
        assertEq(judge.historyTermsWord(0, last - 1) >> 68, 65_535, "last");
        vm.expectRevert(IApplicationGate.PolicyOutOfRange.selector);
        judge.historyTermsWord(0, last);
    }

    // --- the root and the tree ----------------------------------------------------------------

    function testARootMustBeFreshNow() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        tree.say(HISTORY_ROOT, false);
        bytes memory refusal =
            abi.encodeWithSelector(IHistoryGate.HistoryNotFresh.selector, HISTORY_ROOT);
        expect(a, e, refusal);
        tree.say(HISTORY_ROOT, true);
        e.extra = abi.encode(HISTORY_ROOT + 1);
        expect(
            a,
            e,
            abi.encodeWithSelector(IHistoryGate.HistoryNotFresh.selector, HISTORY_ROOT + 1)
        );
        tree.say(HISTORY_ROOT + 1, true);
        expect(a, e, invalid());
        tree.say(HISTORY_ROOT + BN254_R, true);
        e.extra = abi.encode(HISTORY_ROOT + BN254_R);
        uint256 place = inputsOf(address(market), a, e).length == 6 ? 2 : 6;
        expect(
            a, e, abi.encodeWithSelector(IGroth16Verifier.InputOutOfField.selector, place)
        );
    }

    function testTheExtraIsOneWord() public {
        uint256[4] memory wrong = [uint256(0), 31, 33, 64];
        for (uint256 i = 0; i < 4; ++i) {
            IApplicationGate.Application memory a = application();
            IApplicationGate.Evidence memory e = evidence(a);
            e.extra = new bytes(wrong[i]);
            expect(a, e, abi.encodeWithSelector(IHistoryGate.ExtraInvalid.selector, wrong[i]));
        }
    }

    function testTheScopeIsThatOfTheTreesBureau() public {
        assertEq(judge.historyScopeOf(address(tree)), elsewhere.scope(), "scope");
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        SaidTree ours = new SaidTree(address(bureau));
        ours.say(HISTORY_ROOT, true);
        a.historySource = address(ours);
        expect(a, e, invalid());
        e = evidence(a);
        judge.check(address(market), a, e);
    }

    function testASourceMustBeATree() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        a.historySource = address(0);
        expect(a, e, abi.encodeWithSelector(Requirements.NotAContract.selector, address(0)));
        a.historySource = address(registry);
        expect(a, e, abi.encodeWithSelector(Requirements.WrongKind.selector, registry));
        a.historySource = address(market); // has a bureau, and no roots
        expect(a, e, abi.encodeWithSelector(Requirements.WrongKind.selector, market));
    }

    // --- the rest -----------------------------------------------------------------------------

    function testAnotherPseudonymIsRefused() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        e.nullifier = Nullifier.wrap(WHO + 1);
        expect(a, e, invalid());
    }

    function testAMarketThatIsNoMemberIsRefused() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        vm.prank(ADMIN);
        bureau.removeMember(address(market));
        expect(a, e, abi.encodeWithSelector(IApplicationGate.NotMember.selector, market));
    }

    function testIssuersOfALedgerAreNotJudged() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        a.issuers = bytes26(uint208(1));
        expect(a, e, abi.encodeWithSelector(IApplicationGate.IssuersNotJudged.selector));
    }

    function testGasStarvationNeverRecordsAnything() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        bytes memory data = abi.encodeCall(market.consume, (a, e));
        for (uint256 gas_ = 20_000; gas_ < 400_000; gas_ += 9_973) {
            (bool ok, bytes memory answer) = address(market).call{gas: gas_}(data);
            if (ok) return;
            assertTrue(bytes4(answer) != IGroth16Verifier.ProofInvalid.selector, "not a bad proof");
            assertEq(judge.applicationNonce(address(market), BORROWER), 0, "nothing counted");
        }
        assertTrue(false, "enough gas");
    }

    // --- loans repaid at the market's own bureau ----------------------------------------------

    function repaid(uint256 loans) private {
        for (uint256 i = 0; i < loans; ++i) {
            IApplicationGate.Application memory a = application();
            market.consume(a, evidence(a));
            vm.startPrank(address(market));
            bureau.reserve(Nullifier.wrap(WHO), block.timestamp);
            bureau.start(Nullifier.wrap(WHO), 1, block.timestamp);
            bureau.close(Nullifier.wrap(WHO), ICreditBureau.Ending.Repaid);
            vm.stopPrank();
        }
    }

    function testAProductMayAskForLoansRepaidBefore() public {
        IApplicationGate.Application memory a = application();
        a.minCycle = 2;
        for (uint256 loans = 0; loans < 2; ++loans) {
            expect(
                a,
                evidence(a),
                abi.encodeWithSelector(IApplicationGate.CycleTooLow.selector, loans, 2)
            );
            repaid(1);
        }
        judge.check(address(market), a, evidence(a));
        a.minCycle = 3;
        expect(a, evidence(a), abi.encodeWithSelector(IApplicationGate.CycleTooLow.selector, 2, 3));
    }

    function testAMarketAloneKnowsNoCycles() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        LoneMarket alone = new LoneMarket();
        a.minCycle = 1;
        vm.expectRevert(abi.encodeWithSelector(Requirements.WrongKind.selector, alone));
        judge.check(address(alone), a, e);
    }
}

/// @dev The gate of `history`.
contract HistoryGateTest is RecordGateCases {
    function deployGate() internal override returns (IHistoryGate) {
        return new HistoryGate(new Groth16Verifier(toyKey(6)), CLOCK);
    }

    function inputsOf(
        address market_,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e
    ) internal view override returns (uint256[] memory x) {
        x = new uint256[](6);
        (x[0], x[1]) = (a.historyTerms | today() << 68, contextOf(market_, a, e));
        x[2] = abi.decode(e.extra, (uint256));
        x[3] = a.historySource == address(tree) ? elsewhere.scope() : bureau.scope();
        (x[4], x[5]) = (bureau.scope(), Nullifier.unwrap(e.nullifier));
    }

    function testThereIsNoRegistry() public {
        assertEq(address(judge.registry()), address(0), "registry");
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        e.registryRoot = ROOT;
        expect(a, e, abi.encodeWithSelector(IHistoryGate.RootNotJudged.selector, ROOT));
    }

    function testAPolicyIsNotJudged() public {
        for (uint256 field = 0; field < 8; ++field) {
            IApplicationGate.Application memory a = application();
            IApplicationGate.Evidence memory e = evidence(a);
            if (field == 0) a.policy.minScore = 1;
            if (field == 1) a.policy.maxScore -= 1;
            if (field == 2) a.policy.coverageBps = 1;
            if (field == 3) a.policy.maxDtiBps -= 1;
            if (field == 4) a.policy.maxDelinquencies -= 1;
            if (field == 5) a.policy.minHistoryMonths = 1;
            if (field == 6) a.policy.currency = 1;
            if (field == 7) a.policy.maxCredentialAge = 1;
            expect(a, e, abi.encodeWithSelector(IHistoryGate.PolicyNotJudged.selector));
        }
        IApplicationGate.Application memory b = application();
        b.instalment = 1 << 48;
        IApplicationGate.Evidence memory f = evidence(application());
        expect(b, f, abi.encodeWithSelector(IApplicationGate.PolicyOutOfRange.selector));
    }

    function testAVerifierForAnotherStatementIsRefused() public {
        HashVerifier other = new HashVerifier(8);
        vm.expectRevert(
            abi.encodeWithSelector(IApplicationGate.VerifierUnsuitable.selector, 8)
        );
        new HistoryGate(other, CLOCK);
        HashVerifier right = new HashVerifier(6);
        vm.expectRevert(abi.encodeWithSelector(Requirements.AgeInvalid.selector, 366 days));
        new HistoryGate(right, 366 days);
    }

    /// @dev Other gates do not overlook what a product asks.
    function testAnotherGateRefusesAHistory() public {
        EligibilityGate plain = new EligibilityGate(new HashVerifier(5), registry, 1, CLOCK, NO_FX);
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        e.extra = "";
        vm.expectRevert(IApplicationGate.HistoryNotJudged.selector);
        plain.check(address(market), a, e);
        a.historySource = address(0);
        vm.expectRevert(IApplicationGate.HistoryNotJudged.selector);
        plain.check(address(market), a, e);
        (a.historySource, a.historyTerms) = (address(tree), 0);
        vm.expectRevert(IApplicationGate.HistoryNotJudged.selector);
        plain.check(address(market), a, e);
    }
}

/// @dev The gate of `history_eligibility`.
contract HistoryEligibilityGateTest is RecordGateCases {
    function deployGate() internal override returns (IHistoryGate) {
        return new HistoryEligibilityGate(
            new Groth16Verifier(toyKey(8)), registry, 1 days, CLOCK, NO_FX
        );
    }

    function unproved() internal view override returns (IApplicationGate.Evidence memory e) {
        e = super.unproved();
        e.registryRoot = ROOT;
    }

    function inputsOf(
        address market_,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e
    ) internal view override returns (uint256[] memory x) {
        x = new uint256[](8);
        x[0] = judge.policyWord(a.policy, a.instalment, e.policyNow);
        x[1] = contextOf(market_, a, e);
        (x[2], x[3], x[4]) = (e.registryRoot, bureau.scope(), Nullifier.unwrap(e.nullifier));
        (x[5], x[6]) = (a.historyTerms | today() << 68, abi.decode(e.extra, (uint256)));
        x[7] = a.historySource == address(tree) ? elsewhere.scope() : bureau.scope();
    }

    function testTheRegistryIsAskedAsWell() public {
        assertEq(address(judge.registry()), address(registry), "registry");
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        withdraw(ROOT);
        expect(a, e, abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, ROOT));
        e.registryRoot = 0;
        expect(a, e, abi.encodeWithSelector(IEligibilityGate.RootNotFresh.selector, 0));
    }

    function testEachPartOfThePolicyIsBound() public {
        IApplicationGate.Application memory a = application();
        IApplicationGate.Evidence memory e = evidence(a);
        a.policy.minScore = 1;
        expect(a, e, invalid());
        a = application();
        a.instalment -= 1;
        expect(a, e, invalid());
        a = application();
        a.policy.minScore = 650;
        judge.check(address(market), a, evidence(a));
    }

    function testAVerifierForAnotherStatementIsRefused() public {
        HashVerifier other = new HashVerifier(5);
        vm.expectRevert(
            abi.encodeWithSelector(IApplicationGate.VerifierUnsuitable.selector, 5)
        );
        new HistoryEligibilityGate(other, registry, 1 days, CLOCK, NO_FX);
    }
}
