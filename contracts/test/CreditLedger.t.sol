// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {CreditLedger} from "../src/CreditLedger.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {MockVerifier} from "../src/mocks/MockVerifier.sol";
import {EntryVerifier} from "./support/EntryVerifier.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";

/// @dev Whose entries count, from when, and what nobody can do.
contract CreditLedgerTest is LedgerFixture {
    ICreditLedger.Point private key;
    uint256 private account;
    ICreditLedger.Ciphertext private first;
    ICreditLedger.Ciphertext private second;

    function setUp() public {
        deployLedger();
        key = keyOf(SECRET);
        account = ledger.accountOf(key);
        first = encrypted(key, 5 + (300_000 << 48), 1111);
        second = encrypted(key, 7 + (40_000 << 144), 2222);
    }

    function refuse(address sender, bytes memory data, bytes memory expected) private {
        vm.prank(sender);
        (bool ok, bytes memory answer) = address(ledger).call(data);
        assertReverted(ok, answer, expected);
    }

    function refuseSnapshot(
        bytes26 issuers,
        ICreditLedger.Part[] memory parts,
        bytes memory expected
    ) private {
        bytes memory data = abi.encodeCall(ICreditLedger.snapshot, (key, issuers, parts));
        refuse(address(1), data, expected);
    }

    function refuseSnapshot(bytes memory expected) private {
        refuseSnapshot(EVERYBODY, partsOf(account), expected);
    }

    function noSnapshot() private view returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.NoSnapshot.selector, account);
    }

    function nothing() private view returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.NothingInEffect.selector, account);
    }

    function issuersInvalid() private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.IssuersInvalid.selector);
    }

    function partInvalid(address issuer) private view returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.PartInvalid.selector, account, issuer);
    }

    function proofInvalid() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
    }

    function notAnIssuer(address who) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, who, ledger.ISSUER_ROLE()
        );
    }

    function refuseReading() private view {
        refuseReading(EVERYBODY);
    }

    function refuseReading(bytes26 issuers) private view {
        (bool ok, bytes memory answer) =
            address(ledger).staticcall(abi.encodeCall(ICreditLedger.inEffect, (account, issuers)));
        assertReverted(ok, answer, noSnapshot());
    }

    function only(address a) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = a;
    }

    function both(address a, address b) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (a, b);
    }

    // --- the sentences of the interface ---------------------------------------------------------

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

    // --- entries and their sum ------------------------------------------------------------------

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

    // --- what a proof is bound to ---------------------------------------------------------------

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

    // --- who may --------------------------------------------------------------------------------

    /// @dev Enc(delta) by anybody: income from nowhere.
    function testAStrangerAddsNothing() public {
        enter(EMPLOYER, key, first);
        refuse(address(7), callFor(address(7), key, second), notAnIssuer(address(7)));
        refuse(address(7), callFor(EMPLOYER, key, second), notAnIssuer(address(7)));
        refuse(LEDGER_ADMIN, callFor(LEDGER_ADMIN, key, first), notAnIssuer(LEDGER_ADMIN));
        ICreditLedger.Submission[] memory list = new ICreditLedger.Submission[](1);
        list[0] = submission(address(7), key, second);
        bytes memory data = abi.encodeCall(ICreditLedger.addEntries, (list));
        refuse(address(7), data, notAnIssuer(address(7)));
    }

    /// @dev Taking a debt out by "replacing" what another issuer wrote.
    function testNobodyReplacesAnotherIssuersEntry() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        ICreditLedger.Ciphertext memory mine = encrypted(key, 1, 99);
        for (uint256 i = 0; i < 2; ++i) {
            address issuer = i == 0 ? EMPLOYER : CARRIER; // one with an entry, one without
            bytes memory expected =
                abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, issuer);
            refuse(issuer, callFor(BANK, key, mine), expected);
        }
    }

    function testDebtsDoNotVanishWithTheirIssuer() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        dismiss(BANK);
        refuse(BANK, callFor(BANK, key, encrypted(key, 0, 9)), notAnIssuer(BANK));
        nextEpoch();
        snapshot(key);
        assertSame(inEffect(account), plus(first, second), "still there");
        accept(BANK);
        enter(BANK, key, encrypted(key, 0, 9)); // and is replaced, not added to
        assertEq(ledger.headOf(account).others, 1, "two issuers");
    }

    function testASuccessorIsNamedForADismissedIssuerOnly() public {
        bytes memory data = abi.encodeCall(ICreditLedger.nameSuccessor, (BANK, CARRIER));
        refuse(
            LEDGER_ADMIN,
            data,
            abi.encodeWithSelector(ICreditLedger.IssuerNotDismissed.selector, BANK)
        );
        dismiss(BANK);
        refuse(
            CARRIER,
            data,
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector,
                CARRIER,
                ledger.DEFAULT_ADMIN_ROLE()
            )
        );
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICreditLedger.SuccessorNamed(BANK, CARRIER);
        vm.prank(LEDGER_ADMIN);
        ledger.nameSuccessor(BANK, CARRIER);
        assertEq(ledger.successorOf(BANK), CARRIER, "successor");
    }

    function testASuccessorWritesWhileItIsAcceptedAndTheOtherIsNot() public {
        enter(BANK, key, second);
        dismiss(BANK);
        vm.prank(LEDGER_ADMIN);
        ledger.nameSuccessor(BANK, CARRIER);
        bytes memory data = callFor(BANK, key, first);
        refuse(
            EMPLOYER,
            data,
            abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, EMPLOYER)
        );
        dismiss(CARRIER);
        refuse(CARRIER, data, notAnIssuer(CARRIER));
        accept(CARRIER);
        accept(BANK);
        refuse(
            CARRIER,
            data,
            abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, CARRIER)
        );
        dismiss(BANK);
        vm.prank(CARRIER);
        (bool ok,) = address(ledger).call(data);
        assertTrue(ok, "in its place");
    }

    /// @dev A successor would have two entries in an account where the other had none.
    function testASuccessorEntersNothingNew() public {
        enter(CARRIER, key, first);
        dismiss(BANK);
        vm.prank(LEDGER_ADMIN);
        ledger.nameSuccessor(BANK, CARRIER);
        bytes memory expected =
            abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, CARRIER);
        refuse(CARRIER, callFor(BANK, key, second), expected);
    }

    function testAnAccountTakesTheEntriesOf256Issuers() public {
        for (uint256 i = 0; i <= 256; ++i) {
            address issuer = address(uint160(0x15500 + i));
            accept(issuer);
            if (i < 256) enter(issuer, key, first);
        }
        refuse(
            address(0x15600),
            callFor(address(0x15600), key, first),
            abi.encodeWithSelector(ICreditLedger.AccountFull.selector, account)
        );
        enter(address(0x15500), key, second); // a replacement still fits
        assertEq(ledger.headOf(account).others, 255, "issuers");
        nextEpoch();
        snapshot(key); // and all of it can still be summed
        assertTrue(inEffect(account).c1.x != 0, "sum");
    }

    function testAnIssuerMakesEightEntriesInAnEpoch() public {
        for (uint256 i = 0; i < 8; ++i) {
            enter(BANK, key, encrypted(key, i, 100 + i));
        }
        refuse(
            BANK,
            callFor(BANK, key, first),
            abi.encodeWithSelector(ICreditLedger.EntriesTooMany.selector, account, BANK)
        );
        enter(EMPLOYER, key, first);
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        enter(BANK, other, encrypted(other, 3, 4));
        nextEpoch();
        enter(BANK, key, second);
        snapshot(key);
        assertSame(inEffect(account), plus(first, encrypted(key, 7, 107)), "the eighth");
    }

    function testAnEnvelopeHasFrom1To1024Bytes() public {
        ICreditLedger.Submission memory s = submission(BANK, key, first);
        uint256[2] memory bad = [uint256(0), 1025];
        for (uint256 i = 0; i < 2; ++i) {
            s.envelope = new bytes(bad[i]);
            refuse(
                BANK,
                abi.encodeCall(ICreditLedger.addEntry, (s)),
                abi.encodeWithSelector(ICreditLedger.EnvelopeLengthInvalid.selector, bad[i])
            );
        }
        s.envelope = new bytes(1024);
        vm.prank(BANK);
        ledger.addEntry(s);
    }

    // --- parts of a sum -------------------------------------------------------------------------

    function testEveryWordOfAPartIsBound() public {
        enter(BANK, key, first);
        nextEpoch();
        enter(BANK, key, second);
        nextEpoch();
        enter(BANK, key, encrypted(key, 1, 3));
        ICreditLedger.Part[] memory parts = partsOf(account);
        for (uint256 word = 0; word < 8; ++word) {
            ICreditLedger.Part memory part = partOf(account, BANK);
            if (word == 0) part.epoch -= 1;
            if (word == 1) part.before = bytes25(uint200(part.before) ^ 1);
            if (word == 2) part.entry.c1.x ^= 1;
            if (word == 3) part.entry.c1.y ^= 1;
            if (word == 4) part.entry.c2.x ^= 1;
            if (word == 5) part.entry.c2.y ^= 1;
            if (word == 6) part.pending[0] ^= bytes32(uint256(1));
            if (word == 7) part.pending = new bytes32[](0);
            parts[0] = part;
            refuseSnapshot(EVERYBODY, parts, partInvalid(BANK));
        }
    }

    /// @dev A pending entry that is called settled, and an old one that is called present.
    function testWhatIsPendingIsNotInEffect() public {
        enter(BANK, key, first);
        nextEpoch();
        ICreditLedger.Part[] memory old = partsOf(account);
        enter(BANK, key, second);
        refuseSnapshot(EVERYBODY, old, partInvalid(BANK));
        ICreditLedger.Part[] memory parts = partsOf(account);
        parts[0].before =
            linked(bytes25(0), block.timestamp / EPOCH - 1, keccak256(abi.encode(first)));
        parts[0].epoch = uint24(block.timestamp / EPOCH);
        parts[0].entry = second;
        parts[0].pending = new bytes32[](0);
        refuseSnapshot(EVERYBODY, parts, partInvalid(BANK));
        nextEpoch();
        refuseSnapshot(EVERYBODY, old, partInvalid(BANK));
        snapshot(key);
        assertSame(inEffect(account), second, "in effect");
    }

    function testAPartIsOfItsOwnAccount() public {
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        enter(BANK, key, first);
        enter(BANK, other, encrypted(other, 3, 4));
        nextEpoch();
        ICreditLedger.Part[] memory theirs = partsOf(ledger.accountOf(other));
        refuseSnapshot(EVERYBODY, theirs, partInvalid(BANK));
        bytes memory data =
            abi.encodeCall(ICreditLedger.snapshot, (keyOf(SECRET + 2), EVERYBODY, theirs));
        refuse(address(1), data, issuersInvalid());
    }

    // --- the issuers that a product names -------------------------------------------------------

    function testASumOfNamedIssuersHoldsTheirEntriesAlone() public {
        enter(CARRIER, key, encrypted(key, 1 << 96, 9));
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        nextEpoch();
        bytes26 issuers = snapshot(key, both(EMPLOYER, BANK));
        assertSame(inEffect(account, issuers), plus(first, second), "two of three");
        refuseReading(EVERYBODY);
        bytes26 alone = snapshot(key, only(BANK));
        assertSame(inEffect(account, alone), second, "one of three");
        assertSame(inEffect(account, issuers), plus(first, second), "each list its own");
        // a named issuer that wrote nothing adds nothing
        bytes26 more = snapshot(key, both(BANK, address(0xE9)));
        assertSame(inEffect(account, more), second, "nothing of the other");
        refuseSnapshot(
            ledger.issuersOf(only(address(0xE9))),
            partsOf(account, only(address(0xE9))),
            nothing()
        );
    }

    function testNobodyChoosesAnotherListThanTheNamed() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        nextEpoch();
        bytes26 issuers = ledger.issuersOf(both(EMPLOYER, BANK));
        refuseSnapshot(issuers, partsOf(account, only(EMPLOYER)), issuersInvalid());
        refuseSnapshot(issuers, partsOf(account, both(BANK, EMPLOYER)), issuersInvalid());
        refuseSnapshot(issuers, partsOf(account, both(EMPLOYER, CARRIER)), issuersInvalid());
        address[] memory none = new address[](0);
        refuseSnapshot(bytes26(keccak256(abi.encode(none))), partsOf(account, none), nothing());
        bytes26 doubled = bytes26(keccak256(abi.encode(both(EMPLOYER, EMPLOYER))));
        refuseSnapshot(doubled, partsOf(account, both(EMPLOYER, EMPLOYER)), issuersInvalid());
        ICreditLedger.Part[] memory parts = partsOf(account, both(EMPLOYER, BANK));
        parts[1].epoch = 0;
        refuseSnapshot(issuers, parts, partInvalid(BANK));
    }

    function testNamedSumsBecomeStaleAsAllOthers() public {
        enter(EMPLOYER, key, first);
        nextEpoch();
        bytes26 issuers = snapshot(key, only(EMPLOYER));
        enter(EMPLOYER, key, second);
        assertSame(inEffect(account, issuers), first, "in the same epoch");
        nextEpoch();
        refuseReading(issuers);
        snapshot(key, only(EMPLOYER));
        assertSame(inEffect(account, issuers), second, "in the next");
    }

    function testAListOfIssuersIsStrictlyAscending() public {
        vm.expectRevert(ICreditLedger.IssuersInvalid.selector);
        ledger.issuersOf(new address[](0));
        vm.expectRevert(ICreditLedger.IssuersInvalid.selector);
        ledger.issuersOf(both(BANK, EMPLOYER));
        vm.expectRevert(ICreditLedger.IssuersInvalid.selector);
        ledger.nameIssuers(both(BANK, BANK));
        address[] memory long = new address[](257);
        for (uint256 i = 0; i < 257; ++i) {
            long[i] = address(uint160(i + 1));
        }
        vm.expectRevert(ICreditLedger.IssuersInvalid.selector);
        ledger.issuersOf(long);
        refuseSnapshot(bytes26(keccak256(abi.encode(long))), partsOf(account, long), issuersInvalid());
        address[] memory list = both(EMPLOYER, BANK);
        bytes26 issuers = bytes26(keccak256(abi.encode(list)));
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICreditLedger.IssuersNamed(issuers, list);
        assertEq(ledger.nameIssuers(list), issuers, "hash");
    }

    // --- epochs ---------------------------------------------------------------------------------

    function testAnEntryTakesEffectInTheNextEpoch() public {
        enter(EMPLOYER, key, first);
        refuseSnapshot(nothing());
        refuseReading();
        vm.warp((block.timestamp / EPOCH + 1) * EPOCH - 1);
        refuseSnapshot(nothing());
        vm.warp(block.timestamp + 1);
        refuseReading(); // not before somebody takes a snapshot
        ICreditLedger.Part[] memory parts = partsOf(account);
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICreditLedger.SnapshotTaken(account, EVERYBODY, block.timestamp / EPOCH);
        ledger.snapshot(key, EVERYBODY, parts);
        assertSame(inEffect(account), first, "in effect");
    }

    /// @dev Zether: the ciphertext changes between a proof and its check.
    function testLaterEntriesDoNotDisturbWhatIsInEffect() public {
        enter(EMPLOYER, key, first);
        nextEpoch();
        snapshot(key);
        enter(BANK, key, second);
        enter(EMPLOYER, key, encrypted(key, 0, 17));
        assertSame(inEffect(account), first, "in the same epoch");
        snapshot(key);
        assertSame(inEffect(account), first, "taken again");
    }

    function testWhatIsInEffectStaysReadableForManyEpochs() public {
        enter(EMPLOYER, key, first);
        nextEpoch();
        snapshot(key);
        vm.warp(block.timestamp + 300 * EPOCH);
        assertSame(inEffect(account), first, "quiet");
        enter(BANK, key, second);
        assertSame(inEffect(account), first, "an entry on its way");
        nextEpoch();
        refuseReading();
    }

    /// @dev The borrower cannot go on with the total of an earlier epoch.
    function testAStaleTotalIsRefusedUntilANewSnapshot() public {
        enter(EMPLOYER, key, first);
        nextEpoch();
        snapshot(key);
        enter(BANK, key, second);
        nextEpoch();
        refuseReading();
        enter(CARRIER, key, encrypted(key, 1, 5)); // pending, on top of it
        refuseReading();
        snapshot(key);
        assertSame(inEffect(account), plus(first, second), "without the pending one");
    }

    function testSettlingInTheEpochOfAnEntryDoesNotCoverIt() public {
        enter(EMPLOYER, key, first);
        nextEpoch();
        enter(BANK, key, second);
        snapshot(key);
        assertSame(inEffect(account), first, "before");
        nextEpoch();
        refuseReading();
    }

    function testAnAccountWithoutEntriesHasNoSum() public {
        refuseSnapshot(nothing());
        refuseReading();
        assertEq(ledger.slotOf(account, BANK).count, 0, "slot");
        assertTrue(ledger.headOf(account).issuers == 0, "head");
    }

    function testAccountsDoNotTouchEachOther() public {
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        enter(EMPLOYER, key, first);
        enter(EMPLOYER, other, encrypted(other, 3, 4));
        nextEpoch();
        snapshot(key);
        snapshot(other);
        assertSame(inEffect(account), first, "one");
        assertSame(inEffect(ledger.accountOf(other)), encrypted(other, 3, 4), "the other");
    }

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

    function testAnAccountIsTheHashOfItsKey() public view {
        assertEq(account, uint256(keccak256(abi.encode(key.x, key.y))) >> 8, "account");
    }
}
