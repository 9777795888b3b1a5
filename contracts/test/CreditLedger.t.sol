// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../src/CreditLedger.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {MockVerifier} from "../src/mocks/MockVerifier.sol";
import {EntryVerifier} from "./support/EntryVerifier.sol";
import {LedgerAccountFixture} from "./support/LedgerAccountFixture.sol";

/// @dev What an entry is, what its proof is bound to, and what the interface says of sums.
contract CreditLedgerTest is LedgerAccountFixture {
    // --- the sentences of the interface ------------------------------------------------------

    /// @dev "Every entry is proved to be the encryption of amounts that its issuer knows, so no
    ///      issuer can change what others entered."
    function testNoIssuerChangesWhatOthersEntered() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        // Enc(wanted) - latest, from public data alone: nobody can prove it
        ICreditLedger.Ciphertext memory wanted = encrypted(key, 850, 3333);
        ICreditLedger.Submission memory s =
            submission(CARRIER, key, minus(wanted, plus(first, second)));
        s.proof[0] ^= 1;
        refuse(CARRIER, abi.encodeCall(ICreditLedger.addEntry, (s)), proofInvalid());
        enter(CARRIER, key, encrypted(key, 1, 4444));
        nextEpoch();
        snapshot(key);
        assertSame(
            inEffect(account),
            encrypted(key, 13 + (300_000 << 48) + (40_000 << 144), 3333 + 4444),
            "only added to"
        );
    }

    /// @dev "The sum holds each issuer's entry exactly once, and the borrower can leave none out."
    function testNoEntryIsLeftOutAndNoneCountsTwice() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        nextEpoch();
        ICreditLedger.Part[] memory all = partsOf(account);
        ICreditLedger.Part[] memory less = new ICreditLedger.Part[](1);
        less[0] = all[0];
        refuseSnapshot(EVERYBODY, less, issuersInvalid());
        refuseSnapshot(EVERYBODY, new ICreditLedger.Part[](0), issuersInvalid());
        ICreditLedger.Part[] memory more = new ICreditLedger.Part[](3);
        (more[0], more[1], more[2]) = (all[0], all[1], all[1]);
        refuseSnapshot(EVERYBODY, more, issuersInvalid());
        (less, more) = (partsOf(account), partsOf(account));
        (more[0], more[1]) = (all[1], all[0]);
        refuseSnapshot(EVERYBODY, more, issuersInvalid());
        less[1].epoch = 0; // "the bank has nothing in effect"
        refuseSnapshot(EVERYBODY, less, partInvalid(BANK));
        snapshot(key);
        assertSame(inEffect(account), plus(first, second), "each once");
    }

    /// @dev "Entries of different issuers commute: whoever comes first spoils nobody's entry."
    function testWhoComesFirstSpoilsNobodysEntry() public {
        enter(BANK, key, second);
        nextEpoch();
        bytes memory late = callFor(CARRIER, key, encrypted(key, 1, 9));
        bytes memory mine = callFor(EMPLOYER, key, first);
        // in front of it: a replacement, and another entry
        enter(BANK, key, encrypted(key, 3, 77));
        vm.prank(EMPLOYER);
        (bool ok,) = address(ledger).call(mine);
        assertTrue(ok, "after the bank's");
        remember(account, EMPLOYER, first);
        enter(BANK, key, encrypted(key, 4, 78));
        vm.prank(CARRIER);
        (ok,) = address(ledger).call(late);
        assertTrue(ok, "after all others");
        remember(account, CARRIER, encrypted(key, 1, 9));
        nextEpoch();
        snapshot(key);
        ICreditLedger.Ciphertext memory rest = encrypted(key, 4 + 1, 78 + 9);
        assertSame(inEffect(account), plus(first, rest), "sum");
    }

    /// @dev "Whatever state an account is in, somebody can change it": an issuer its entry, a
    ///      successor that of a dismissed issuer, and any issuer a sum that is not blinded.
    function testEveryStateOfAnAccountIsLeft() public {
        enter(EMPLOYER, key, encrypted(key, 5, 1111));
        enter(BANK, key, encrypted(key, 1 << 144, ORDER - 1111)); // two that conspire
        nextEpoch();
        refuseSnapshot(nothing());
        enter(CARRIER, key, encrypted(key, 0, 8)); // anybody else ends it
        nextEpoch();
        snapshot(key);
        assertSame(inEffect(account), encrypted(key, 5 + (1 << 144), 8), "blinded again");

        dismiss(BANK); // its debt stays, and may be wrong
        vm.prank(LEDGER_ADMIN);
        ledger.nameSuccessor(BANK, EMPLOYER);
        ICreditLedger.Ciphertext memory right = encrypted(key, 0, 99);
        bytes memory data = callFor(BANK, key, right);
        vm.prank(EMPLOYER);
        (bool ok,) = address(ledger).call(data);
        assertTrue(ok, "in the bank's place");
        remember(account, BANK, right);
        nextEpoch();
        snapshot(key);
        assertSame(inEffect(account), encrypted(key, 5, 1111 + 99 + 8), "put right");
    }

    // --- entries and their sum ---------------------------------------------------------------

    function testEntriesOfSeveralIssuersAddUp() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        nextEpoch();
        snapshot(key);
        (ICreditLedger.Point memory stored, ICreditLedger.Ciphertext memory total) =
            ledger.inEffect(account, EVERYBODY);
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(key)), "key");
        assertSame(total, encrypted(key, 12 + (300_000 << 48) + (40_000 << 144), 3333), "sum");
    }

    function testAnEntryIsAnnouncedWithItsEnvelope() public {
        for (uint256 number = 0; number < 2; ++number) {
            bytes memory data = callFor(EMPLOYER, key, first);
            vm.expectEmit(true, true, true, true, address(ledger));
            emit ICreditLedger.EntryAdded(
                account, EMPLOYER, block.timestamp / EPOCH, number, first, ENVELOPE
            );
            vm.prank(EMPLOYER);
            (bool ok,) = address(ledger).call(data);
            assertTrue(ok, "entry");
            assertEq(ledger.slotOf(account, EMPLOYER).count, number + 1, "count");
        }
    }

    function testAReplacedEntryIsNotCountedTwice() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        enter(EMPLOYER, key, encrypted(key, 6 + (310_000 << 48), 4444));
        nextEpoch();
        enter(EMPLOYER, key, encrypted(key, 8 + (320_000 << 48), 5555));
        nextEpoch();
        snapshot(key);
        assertSame(
            inEffect(account),
            encrypted(key, 15 + (320_000 << 48) + (40_000 << 144), 5555 + 2222),
            "sum"
        );
        assertEq(ledger.headOf(account).others, 1, "two issuers");
    }

    function testEntriesComeInBatches() public {
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        ICreditLedger.Ciphertext memory theirs = encrypted(other, 3, 4);
        ICreditLedger.Ciphertext memory again = encrypted(key, 9, 10);
        ICreditLedger.Submission[] memory list = new ICreditLedger.Submission[](3);
        list[0] = submission(BANK, key, first);
        list[1] = submission(BANK, other, theirs);
        list[2] = submission(BANK, key, again);
        list[2].proof = entryProof(inputsFor(BANK, key, again, 1));
        bytes memory data = abi.encodeCall(ICreditLedger.addEntries, (list));
        for (uint256 i = 0; i < 3; ++i) {
            list[i].proof[0] ^= 1; // one bad proof refuses all
            refuse(BANK, abi.encodeCall(ICreditLedger.addEntries, (list)), proofInvalid());
            list[i].proof[0] ^= 1;
        }
        assertEq(ledger.slotOf(account, BANK).count, 0, "nothing was kept");
        vm.prank(BANK);
        (bool ok,) = address(ledger).call(data);
        assertTrue(ok, "batch");
        remember(account, BANK, first);
        remember(ledger.accountOf(other), BANK, theirs);
        remember(account, BANK, again);
        nextEpoch();
        snapshot(key);
        snapshot(other);
        assertSame(inEffect(account), again, "the last one");
        assertSame(inEffect(ledger.accountOf(other)), theirs, "another account");
    }

    function testABatchHoldsSomething() public {
        bytes memory data =
            abi.encodeCall(ICreditLedger.addEntries, (new ICreditLedger.Submission[](0)));
        refuse(BANK, data, abi.encodeWithSelector(IGroth16Verifier.BatchEmpty.selector));
    }

    function testAnAccountIsTheHashOfItsKey() public view {
        assertEq(account, uint256(keccak256(abi.encode(key.x, key.y))) >> 8, "account");
    }

    // --- what a proof is bound to ------------------------------------------------------------

    function testTheContextIsTheDocumentedHash() public {
        enter(BANK, key, second);
        bytes32 digest = keccak256(
            abi.encode(block.chainid, address(ledger), account, BANK, uint256(1))
        );
        assertEq(ledger.contextOf(account, BANK), uint256(digest) >> 8, "context");
    }

    function testAProofServesNothingButItsEntry() public {
        ICreditLedger.Submission memory s = submission(BANK, key, first);
        uint256[8] memory proof = s.proof;
        s.entry = second;
        refuse(BANK, abi.encodeCall(ICreditLedger.addEntry, (s)), proofInvalid());
        s.entry = first;
        s.key = keyOf(SECRET + 1);
        refuse(BANK, abi.encodeCall(ICreditLedger.addEntry, (s)), proofInvalid());
        s.key = key;
        s.issuer = EMPLOYER; // copied from the bank's transaction
        refuse(EMPLOYER, abi.encodeCall(ICreditLedger.addEntry, (s)), proofInvalid());
        s.issuer = BANK;
        vm.chainId(block.chainid + 1);
        refuse(BANK, abi.encodeCall(ICreditLedger.addEntry, (s)), proofInvalid());
        vm.chainId(block.chainid - 1);
        enter(BANK, key, first);
        refuse(BANK, abi.encodeCall(ICreditLedger.addEntry, (s)), proofInvalid()); // once
        CreditLedger other = new CreditLedger(new EntryVerifier(), LEDGER_ADMIN, EPOCH, 978);
        bytes32 role = other.ISSUER_ROLE();
        vm.prank(LEDGER_ADMIN);
        other.grantRole(role, BANK);
        s.proof = proof;
        vm.prank(BANK);
        (bool ok, bytes memory answer) =
            address(other).call(abi.encodeCall(ICreditLedger.addEntry, (s)));
        assertReverted(ok, answer, proofInvalid());
    }

    // --- what the ledger is deployed with ----------------------------------------------------

    function testEpochsLastFromTenMinutesToThirtyDays() public {
        uint256[2] memory bad = [uint256(10 minutes - 1), 30 days + 1];
        EntryVerifier verifier = new EntryVerifier();
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ICreditLedger.EpochLengthInvalid.selector, bad[i])
            );
            new CreditLedger(verifier, LEDGER_ADMIN, bad[i], 978);
        }
        CreditLedger short = new CreditLedger(verifier, LEDGER_ADMIN, 10 minutes, 978);
        assertEq(short.epochLength(), 600, "shortest");
        CreditLedger long = new CreditLedger(verifier, LEDGER_ADMIN, 30 days, 978);
        assertEq(long.epochLength(), 30 days, "longest");
        assertEq(ledger.currency(), 978, "currency");
        assertEq(ledger.currentEpoch(), block.timestamp / EPOCH, "epoch");
    }

    function testAVerifierForAnotherStatementIsRefused() public {
        MockVerifier other = new MockVerifier();
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.VerifierUnsuitable.selector, 5));
        new CreditLedger(other, LEDGER_ADMIN, EPOCH, 978);
    }
}
