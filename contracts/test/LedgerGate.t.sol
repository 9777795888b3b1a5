// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {LedgerGate} from "../src/gates/LedgerGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IEligibilityGate} from "../src/interfaces/IEligibilityGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {ILedgerGate} from "../src/interfaces/ILedgerGate.sol";
import {ILoanLens} from "../src/interfaces/ILoanLens.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanLens} from "../src/market/LoanLens.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {GateFixture} from "./support/GateFixture.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";

/// @dev The unchanged market on a ledger's gate, with the real verifier and genuine proofs.
contract LedgerGateTest is GateFixture, LedgerFixture {
    LedgerGate private ledgerGate;
    ICreditLedger.Point private key;
    uint256 private account;
    ICreditLedger.Ciphertext private total;

    function setUp() public {
        loadToySetup();
        deployLedger();
        ledgerGate = new LedgerGate(new Groth16Verifier(toyKey(8)), ledger, 1 hours);
        deployParts();
        openMarket(ledgerGate);
        lens = new LoanLens(market);
        product = published(headerOf(address(token)), monthly("LLLLLLLLLLLR"));
        key = keyOf(SECRET);
        account = ledger.accountOf(key);
        total = encrypted(key, 700 + (300_000 << 48), 1111);
        enter(EMPLOYER, key, total);
        nextEpoch();
        snapshot(key);
    }

    function evidence(ICreditLedger.Ciphertext memory ciphertext)
        private
        view
        returns (IApplicationGate.Evidence memory e)
    {
        return evidence(BORROWER, key, ciphertext);
    }

    /// @dev Evidence whose proof is genuine for this key and ciphertext.
    function evidence(
        address borrower,
        ICreditLedger.Point memory owner,
        ICreditLedger.Ciphertext memory ciphertext
    ) private view returns (IApplicationGate.Evidence memory e) {
        e.nullifier = Nullifier.wrap(ledger.accountOf(owner));
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp + 600);
        uint256[] memory x = new uint256[](8);
        (x[0], x[1],) =
            lens.statementOf(
                borrower, product, PRINCIPAL, PURPOSE, e.policyNow, e.deadline
            );
        (x[2], x[3]) = (owner.x, owner.y);
        (x[4], x[5]) = (ciphertext.c1.x, ciphertext.c1.y);
        (x[6], x[7]) = (ciphertext.c2.x, ciphertext.c2.y);
        e.proof = toyProof(x);
    }

    function invalid() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
    }

    function noSnapshot(uint256 which) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.NoSnapshot.selector, which);
    }

    // --- a loan on encrypted data ---------------------------------------------------------------

    function testAProofAboutTheLedgerReleasesALoan() public {
        LoanId loanId = accept(evidence(total));
        assertEq(Nullifier.unwrap(market.entry(loanId).nullifier), account, "pseudonym");
        fundAs(LENDER, loanId, PRINCIPAL);
        market.draw(loanId, BORROWER);
        assertEq(balance(BORROWER), PRINCIPAL * UNIT, "released");
        assertEq(bureauState(account), uint256(ICreditBureau.State.Open), "open");
    }

    /// @dev What lens and bureau say of an account that is not free.
    function refuseTaken(ICreditBureau.State state, uint256 possibleAt) private {
        refuse(
            OTHER,
            evidence(OTHER, key, total),
            abi.encodeWithSelector(ILoanLens.PseudonymNotFree.selector, account, possibleAt),
            abi.encodeWithSelector(
                ICreditBureau.PseudonymTaken.selector, account, state, possibleAt
            )
        );
    }

    function testAnAccountHasOneLoanAtATime() public {
        LoanId loanId = accept(evidence(total));
        refuseTaken(ICreditBureau.State.Reserved, block.timestamp + 7 days + 1);
        fundAs(LENDER, loanId, PRINCIPAL);
        refuseTaken(ICreditBureau.State.Open, 0);
    }

    function testADefaulterDoesNotComeBackWithTheAccount() public {
        LoanId loanId = accept(evidence(total));
        fundAs(LENDER, loanId, PRINCIPAL);
        market.draw(loanId, BORROWER);
        vm.warp(block.timestamp + MONTH + 60 days + 1);
        market.markDefault(loanId);
        refuseTaken(ICreditBureau.State.Defaulted, 0);
        repayAs(BORROWER, loanId, 1e9);
        refuseTaken(ICreditBureau.State.Recovered, block.timestamp + 365 days);
    }

    function testAProofIsUsedOnce() public {
        IApplicationGate.Evidence memory e = evidence(total);
        LoanId loanId = accept(e);
        assertEq(ledgerGate.applicationNonce(address(market), BORROWER), 1, "nonce");
        vm.prank(BORROWER);
        market.cancel(loanId);
        refuse(BORROWER, e, invalid());
    }

    /// @dev The statement has no scope: only the context says which market a proof is for. Both
    ///      markets have one gate, one bureau and one product, so all else is the same.
    function testAProofForOneMarketIsRefusedAtAnotherOfTheSameGate() public {
        LoanMarket first = market;
        IApplicationGate.Evidence memory e = evidence(total);
        market = memberOn(ledgerGate);
        lens = new LoanLens(market);
        allow(address(token), true);
        refuse(BORROWER, e, invalid());
        LoanId loanId = accept(evidence(total));
        vm.prank(BORROWER);
        market.cancel(loanId);
        market = first;
        lens = new LoanLens(market);
        accept(e);
    }

    function testBytesThatNobodyJudgesAreRefused() public {
        IApplicationGate.Evidence memory e = evidence(total);
        e.extra = hex"0102";
        bytes memory expected =
            abi.encodeWithSelector(IApplicationGate.ExtraNotJudged.selector, 2);
        refuse(BORROWER, e, expected);
    }

    // --- the issuers that a product names -------------------------------------------------------

    /// @dev The bank's debts are in another list than the employer's income.
    function testAProductNamesTheIssuersThatCount() public {
        ICreditLedger.Ciphertext memory debt = encrypted(key, uint256(250_000) << 144, 77);
        enter(BANK, key, debt);
        nextEpoch();
        address[] memory list = new address[](1);
        list[0] = EMPLOYER;
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.ISSUERS, uint208(ledger.issuersOf(list)));
        product = published(header, monthly("LLLLLLLLLLLR"));
        IApplicationGate.Evidence memory e = evidence(total);
        refuse(BORROWER, e, noSnapshot(account));
        snapshot(key); // of everybody: not the sum that the product asks for
        refuse(BORROWER, e, noSnapshot(account));
        refuse(BORROWER, evidence(plus(total, debt)), noSnapshot(account));
        snapshot(key, list);
        refuse(BORROWER, evidence(plus(total, debt)), invalid());
        accept(e);
    }

    /// @dev A borrower writes out whatever sum there is; the gate reads the product's alone.
    function testTheBorrowerDoesNotChooseTheList() public {
        ICreditLedger.Ciphertext memory debt = encrypted(key, uint256(250_000) << 144, 77);
        enter(BANK, key, debt);
        nextEpoch();
        address[] memory list = new address[](1);
        list[0] = EMPLOYER;
        vm.prank(BORROWER);
        snapshot(key, list);
        refuse(BORROWER, evidence(total), noSnapshot(account));
        snapshot(key);
        refuse(BORROWER, evidence(total), invalid());
        accept(evidence(plus(total, debt)));
    }

    // --- where the ciphertext comes from --------------------------------------------------------

    /// @dev Anybody can encrypt a fine income under any key. The gate has no place for it.
    function testTheProverBringsNoCiphertext() public {
        ICreditLedger.Ciphertext memory richer = encrypted(key, 850 + (900_000 << 48), 5);
        refuse(BORROWER, evidence(richer), invalid());
        refuse(BORROWER, evidence(plus(total, richer)), invalid());
        refuse(BORROWER, evidence(encrypted(key, 700 + (300_000 << 48), 5)), invalid());
    }

    function testEachWordOfTheKeyAndCiphertextIsBound() public {
        for (uint256 word = 0; word < 6; ++word) {
            uint256[6] memory w =
                [key.x, key.y, total.c1.x, total.c1.y, total.c2.x, total.c2.y];
            w[word] ^= 1;
            IApplicationGate.Evidence memory e = evidence(
                BORROWER,
                ICreditLedger.Point(w[0], w[1]),
                ICreditLedger.Ciphertext(
                    ICreditLedger.Point(w[2], w[3]), ICreditLedger.Point(w[4], w[5])
                )
            );
            e.nullifier = Nullifier.wrap(account);
            refuse(BORROWER, e, invalid());
        }
    }

    function testAnotherAccountsTotalDoesNotHelp() public {
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        ICreditLedger.Ciphertext memory theirs = encrypted(other, 800, 6);
        enter(BANK, other, theirs);
        nextEpoch();
        snapshot(other);
        IApplicationGate.Evidence memory e = evidence(BORROWER, other, theirs);
        e.nullifier = Nullifier.wrap(account);
        refuse(BORROWER, e, invalid());
        e = evidence(total);
        e.nullifier = Nullifier.wrap(ledger.accountOf(other));
        refuse(BORROWER, e, invalid());
        accept(evidence(BORROWER, other, theirs));
    }

    function testAccountsThatAreUnknownOrBeyondTheHashAreRefused() public {
        uint256[4] memory unknown = [uint256(0), account + 1, account << 8, type(uint256).max];
        for (uint256 i = 0; i < unknown.length; ++i) {
            IApplicationGate.Evidence memory e = evidence(total);
            e.nullifier = Nullifier.wrap(unknown[i]);
            refuse(BORROWER, e, noSnapshot(unknown[i]));
        }
    }

    /// @dev A debt in the ledger counts from its epoch on, with a snapshot or without.
    function testADebtCannotBeLeftOut() public {
        ICreditLedger.Ciphertext memory debt = encrypted(key, uint256(250_000) << 144, 77);
        enter(BANK, key, debt);
        nextEpoch();
        refuse(BORROWER, evidence(total), noSnapshot(account));
        snapshot(key);
        refuse(BORROWER, evidence(total), invalid());
        accept(evidence(plus(total, debt)));
    }

    /// @dev Zether: a proof is under way while somebody changes the ciphertext.
    function testAProofStaysValidToTheEndOfItsEpoch() public {
        vm.warp(block.timestamp + EPOCH - 600);
        IApplicationGate.Evidence memory e = evidence(total);
        enter(BANK, key, encrypted(key, 1, 77));
        enter(EMPLOYER, key, encrypted(key, 2, 78));
        vm.warp(e.deadline - 1);
        accept(e);
    }

    function testAProofOfAnEarlierEpochEndsWhenEntriesTakeEffect() public {
        vm.warp(block.timestamp + EPOCH - 600);
        IApplicationGate.Evidence memory e = evidence(total);
        enter(BANK, key, encrypted(key, 1, 77));
        vm.warp(e.deadline);
        snapshot(key);
        refuse(BORROWER, e, invalid());
    }

    function testWithoutNewEntriesAnEpochsEndChangesNothing() public {
        vm.warp(block.timestamp + EPOCH - 600);
        IApplicationGate.Evidence memory e = evidence(total);
        vm.warp(e.deadline);
        accept(e);
    }

    // --- the rest of what a proof is bound to ---------------------------------------------------

    function testAProofServesOneBorrowerChainClockAndDeadline() public {
        IApplicationGate.Evidence memory e = evidence(total);
        refuse(OTHER, e, invalid());
        e.deadline += 1;
        refuse(BORROWER, e, invalid());
        e = evidence(total);
        e.policyNow -= 1;
        refuse(BORROWER, e, invalid());
        e = evidence(total);
        vm.chainId(block.chainid + 1);
        refuse(BORROWER, e, invalid());
    }

    function testAnotherGateOnTheSameLedgerRefusesTheProof() public {
        IApplicationGate.Evidence memory e = evidence(total);
        openMarket(new LedgerGate(ledgerGate.verifier(), ledger, 1 hours));
        lens = new LoanLens(market);
        allow(address(token), true);
        refuse(BORROWER, e, invalid());
    }

    function testClockAndDeadlineAreJudgedAsByEveryGate() public {
        IApplicationGate.Evidence memory e = evidence(total);
        vm.warp(e.deadline + 1);
        refuse(
            BORROWER,
            e,
            abi.encodeWithSelector(
                IApplicationGate.DeadlinePassed.selector, e.deadline, block.timestamp
            )
        );
        e = evidence(total);
        e.policyNow = uint40(block.timestamp + 1);
        refuse(
            BORROWER,
            e,
            abi.encodeWithSelector(
                IApplicationGate.ClockNotFresh.selector, e.policyNow, block.timestamp
            )
        );
        e.policyNow = uint40(block.timestamp - 1 hours - 1);
        refuse(
            BORROWER,
            e,
            abi.encodeWithSelector(
                IApplicationGate.ClockNotFresh.selector, e.policyNow, block.timestamp
            )
        );
    }

    function testTheLastProofIsRemembered() public {
        IApplicationGate.Evidence memory e = evidence(total);
        assertTrue(!ledgerGate.consumedLast(address(market), e.nullifier), "before");
        accept(e);
        assertTrue(ledgerGate.consumedLast(address(market), e.nullifier), "this account");
        assertTrue(!ledgerGate.consumedLast(OTHER, e.nullifier), "another market");
    }

    function testThereIsNoRegistryRoot() public {
        assertEq(address(ledgerGate.registry()), address(0), "a ledger has no registry");
        (bool ok,) = address(ledgerGate).staticcall(abi.encodeCall(IEligibilityGate.maxRootAge, ()));
        assertTrue(!ok, "nor an age of its roots");
        IApplicationGate.Evidence memory e = evidence(total);
        e.registryRoot = 7;
        refuse(BORROWER, e, abi.encodeWithSelector(ILedgerGate.RootNotJudged.selector, 7));
    }

    function testPoliciesOnWhatALedgerDoesNotKnowAreRefused() public {
        IApplicationGate.Policy memory neutral = policy;
        address before = product;
        for (uint256 field = 0; field < 3; ++field) {
            IApplicationGate.Policy memory wanted = abi.decode(
                abi.encode(neutral), (IApplicationGate.Policy)
            );
            if (field == 0) wanted.minHistoryMonths = 1;
            if (field == 1) wanted.currency = 978;
            if (field == 2) wanted.maxCredentialAge = 1;
            vm.expectRevert(ILedgerGate.PolicyNotJudged.selector);
            ledgerGate.policyWord(wanted, 1, START);
            IApplicationGate.Evidence memory e = evidence(total);
            bytes memory header = headerOf(address(token));
            setPolicy(header, wanted);
            product = published(header, monthly("LLLLLLLLLLLR"));
            refuse(
                BORROWER, e, abi.encodeWithSelector(ILedgerGate.PolicyNotJudged.selector)
            );
            product = before;
        }
    }

    function testAVerifierForAnotherStatementIsRefused() public {
        Groth16Verifier other = new Groth16Verifier(toyKey(5));
        vm.expectRevert(
            abi.encodeWithSelector(IApplicationGate.VerifierUnsuitable.selector, 5)
        );
        new LedgerGate(other, ledger, 1);
    }

    function testGasStarvationNeverRecordsAnything() public {
        bytes memory call =
            abi.encodeCall(ILoanMarket.applyForLoan, (product, PRINCIPAL, PURPOSE, evidence(total)));
        bool landed;
        for (uint256 supply = 30_000; supply <= 1_000_000 && !landed; supply += 9_321) {
            vm.prank(BORROWER);
            (landed,) = address(market).call{gas: supply}(call);
            assertEq(market.loanCount(), landed ? 1 : 0, "loans");
            assertEq(bureauState(account), landed ? 1 : 0, "pseudonym");
        }
        assertTrue(landed, "a million must do");
    }

    function testFuzzPolicyWordsAreThoseOfEveryGate(
        IApplicationGate.Policy memory wanted,
        uint48 instalment,
        uint40 policyNow
    ) public {
        wanted.coverageBps %= 1 << 20;
        (wanted.minHistoryMonths, wanted.currency, wanted.maxCredentialAge) = (0, 0, 0);
        deployMarket();
        assertEq(
            ledgerGate.policyWord(wanted, instalment, policyNow),
            gate.policyWord(wanted, instalment, policyNow),
            "word"
        );
    }
}
