// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {CreditLedger} from "../src/CreditLedger.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
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

    function refuseSnapshot(bytes memory expected) private {
        bytes memory data = abi.encodeCall(ICreditLedger.snapshot, (key, opening(account)));
        refuse(address(1), data, expected);
    }

    function noSnapshot() private view returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.NoSnapshot.selector, account);
    }

    function refuseReading() private view {
        (bool ok, bytes memory answer) =
            address(ledger).staticcall(abi.encodeCall(ICreditLedger.inEffect, (account)));
        assertReverted(ok, answer, noSnapshot());
    }

    // --- entries and their sum ------------------------------------------------------------------

    function testEntriesOfSeveralIssuersAddUp() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        nextEpoch();
        snapshot(key);
        (ICreditLedger.Point memory stored, ICreditLedger.Ciphertext memory total) =
            ledger.inEffect(account);
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(key)), "key");
        assertSame(total, encrypted(key, 12 + (300_000 << 48) + (40_000 << 144), 3333), "sum");
    }

    function testAnEntryIsAnnouncedWithItsEnvelope() public {
        bytes memory data = callFor(EMPLOYER, key, first);
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICreditLedger.EntryAdded(
            account, EMPLOYER, block.timestamp / EPOCH, first, ENVELOPE
        );
        vm.prank(EMPLOYER);
        (bool ok,) = address(ledger).call(data);
        assertTrue(ok, "entry");
        assertEq(ledger.entryDigest(account, EMPLOYER), keccak256(abi.encode(first)), "digest");
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
        assertEq(opening(account).entries, 2, "entries");
    }

    function testAnIssuerCannotAddASecondEntry() public {
        enter(EMPLOYER, key, first);
        ICreditLedger.Opening memory state = opening(account);
        bytes memory data = abi.encodeCall(
            ICreditLedger.addEntry, (key, second, state, plus(first, second), ENVELOPE)
        );
        refuse(
            EMPLOYER,
            data,
            abi.encodeWithSelector(ICreditLedger.EntryExists.selector, account, EMPLOYER)
        );
    }

    /// @dev Taking a debt out by "replacing" what another issuer wrote.
    function testNobodyReplacesAnotherIssuersEntry() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        ICreditLedger.Ciphertext memory mine = encrypted(key, 1, 99);
        ICreditLedger.Ciphertext memory sum = plus(minus(opening(account).latest, second), mine);
        bytes memory data = abi.encodeCall(
            ICreditLedger.replaceEntry, (key, second, mine, opening(account), sum, ENVELOPE)
        );
        for (uint256 i = 0; i < 2; ++i) {
            address issuer = i == 0 ? EMPLOYER : CARRIER; // one with an entry, one without
            refuse(
                issuer,
                data,
                abi.encodeWithSelector(ICreditLedger.EntryUnknown.selector, account, issuer)
            );
        }
    }

    function testAnEntryIsReplacedInItsOwnAccountOnly() public {
        enter(EMPLOYER, key, first);
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        ICreditLedger.Ciphertext memory entry = encrypted(other, 1, 7);
        bytes memory data = abi.encodeCall(
            ICreditLedger.replaceEntry,
            (other, first, entry, emptyOpening(), minus(entry, first), ENVELOPE)
        );
        refuse(
            EMPLOYER,
            data,
            abi.encodeWithSelector(
                ICreditLedger.EntryUnknown.selector, ledger.accountOf(other), EMPLOYER
            )
        );
    }

    /// @dev C1 of the two would be equal or opposite, and C2 show the change or the sum.
    function testRandomnessIsNotUsedAgain() public {
        enter(EMPLOYER, key, first);
        bytes memory expected = abi.encodeWithSelector(ICreditLedger.RandomnessReused.selector);
        refuse(EMPLOYER, callFor(EMPLOYER, key, first), expected);
        refuse(EMPLOYER, callFor(EMPLOYER, key, encrypted(key, 6, 1111)), expected);
        refuse(EMPLOYER, callFor(EMPLOYER, key, encrypted(key, 6, ORDER - 1111)), expected);
        enter(EMPLOYER, key, encrypted(key, 6, 1112));
    }

    // --- who may --------------------------------------------------------------------------------

    /// @dev Enc(delta) by anybody: income from nowhere.
    function testAStrangerAddsNothing() public {
        enter(EMPLOYER, key, first);
        bytes memory expected = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector,
            address(7),
            ledger.ISSUER_ROLE()
        );
        refuse(address(7), callFor(address(7), key, second), expected);
        refuse(address(7), callFor(EMPLOYER, key, second), expected);
    }

    function testTheAdminMakesNoEntriesEither() public {
        refuse(
            LEDGER_ADMIN,
            callFor(LEDGER_ADMIN, key, first),
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector,
                LEDGER_ADMIN,
                ledger.ISSUER_ROLE()
            )
        );
    }

    function testDebtsDoNotVanishWithTheirIssuer() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(LEDGER_ADMIN);
        ledger.revokeRole(role, BANK);
        refuse(
            BANK,
            callFor(BANK, key, encrypted(key, 0, 9)),
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, BANK, role
            )
        );
        nextEpoch();
        snapshot(key);
        assertSame(inEffect(account), plus(first, second), "still there");
        vm.prank(LEDGER_ADMIN);
        ledger.grantRole(role, BANK);
        enter(BANK, key, encrypted(key, 0, 9)); // and is replaced, not added to
        assertEq(opening(account).entries, 2, "entries");
    }

    // --- openings and sums ----------------------------------------------------------------------

    function testEveryWordOfTheOpeningIsBound() public {
        enter(EMPLOYER, key, first);
        nextEpoch();
        enter(BANK, key, second);
        ICreditLedger.Ciphertext memory third = encrypted(key, 1, 3);
        bytes memory data = callFor(CARRIER, key, third);
        bytes memory expected =
            abi.encodeWithSelector(ICreditLedger.OpeningStale.selector, account);
        for (uint256 word = 0; word < 9; ++word) {
            bytes memory changed = bytes.concat(data);
            changed[4 + 32 * (6 + word) + 31] ^= 0x01; // after the key and the entry
            refuse(CARRIER, changed, expected);
        }
    }

    /// @dev Of two entries that were prepared on the same state, one has to be prepared again.
    function testTheSecondOfTwoRacingEntriesIsPreparedAgain() public {
        bytes memory late = callFor(BANK, key, second);
        enter(EMPLOYER, key, first);
        refuse(BANK, late, abi.encodeWithSelector(ICreditLedger.OpeningStale.selector, account));
        enter(BANK, key, second);
    }

    function testAnAccountWithEntriesIsNotOpenedAsEmpty() public {
        enter(EMPLOYER, key, first);
        bytes memory data = abi.encodeCall(
            ICreditLedger.addEntry, (key, second, emptyOpening(), second, ENVELOPE)
        );
        refuse(BANK, data, abi.encodeWithSelector(ICreditLedger.OpeningStale.selector, account));
    }

    function testAnEmptyAccountIsOpenedAsEmptyOnly() public {
        ICreditLedger.Opening memory state = emptyOpening();
        state.latest = second;
        bytes memory data = abi.encodeCall(
            ICreditLedger.addEntry, (key, first, state, plus(first, second), ENVELOPE)
        );
        refuse(BANK, data, abi.encodeWithSelector(ICreditLedger.OpeningStale.selector, account));
    }

    /// @dev A wrong total would be somebody else's income, or nobody's debt.
    function testOnlyTheSumIsTheSum() public {
        enter(EMPLOYER, key, first);
        ICreditLedger.Opening memory state = opening(account);
        ICreditLedger.Ciphertext memory sum = plus(first, second);
        ICreditLedger.Ciphertext[6] memory wrong;
        wrong[0] = first; // the debt left out
        wrong[1] = second; // the rest left out
        wrong[2] = minus(first, second);
        wrong[3] = ICreditLedger.Ciphertext(sum.c1, first.c2);
        wrong[4] = ICreditLedger.Ciphertext(first.c1, sum.c2);
        wrong[5] = ICreditLedger.Ciphertext(sum.c2, sum.c1);
        for (uint256 i = 0; i < wrong.length; ++i) {
            bytes memory data = abi.encodeCall(
                ICreditLedger.addEntry, (key, second, state, wrong[i], ENVELOPE)
            );
            refuse(BANK, data, abi.encodeWithSelector(ICreditLedger.SumInvalid.selector));
        }
    }

    function testAReplacementIsSubtractedAndAdded() public {
        enter(EMPLOYER, key, first);
        ICreditLedger.Ciphertext memory sum = plus(first, second); // the old one left in
        bytes memory data = abi.encodeCall(
            ICreditLedger.replaceEntry, (key, first, second, opening(account), sum, ENVELOPE)
        );
        refuse(EMPLOYER, data, abi.encodeWithSelector(ICreditLedger.SumInvalid.selector));
    }

    function testAnAccountTakes256Entries() public {
        ICreditLedger.Ciphertext memory entry = first;
        bytes32 role = ledger.ISSUER_ROLE();
        for (uint256 i = 0; i <= 256; ++i) {
            address issuer = address(uint160(0x15500 + i));
            vm.prank(LEDGER_ADMIN);
            ledger.grantRole(role, issuer);
            if (i < 256) enter(issuer, key, entry);
        }
        refuse(
            address(0x15600),
            callFor(address(0x15600), key, entry),
            abi.encodeWithSelector(ICreditLedger.AccountFull.selector, account)
        );
        enter(address(0x15500), key, second); // a replacement still fits
        assertEq(opening(account).entries, 256, "entries");
    }

    function testAnEnvelopeHasFrom1To1024Bytes() public {
        uint256[2] memory bad = [uint256(0), 1025];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory data = abi.encodeCall(
                ICreditLedger.addEntry, (key, first, emptyOpening(), first, new bytes(bad[i]))
            );
            refuse(
                BANK,
                data,
                abi.encodeWithSelector(ICreditLedger.EnvelopeLengthInvalid.selector, bad[i])
            );
        }
        vm.startPrank(BANK);
        ledger.addEntry(key, first, emptyOpening(), first, new bytes(1024));
    }

    // --- epochs ---------------------------------------------------------------------------------

    function testAnEntryTakesEffectInTheNextEpoch() public {
        enter(EMPLOYER, key, first);
        bytes memory nothing =
            abi.encodeWithSelector(ICreditLedger.NothingInEffect.selector, account);
        refuseSnapshot(nothing);
        refuseReading();
        vm.warp((block.timestamp / EPOCH + 1) * EPOCH - 1);
        refuseSnapshot(nothing);
        vm.warp(block.timestamp + 1);
        refuseReading(); // not before somebody takes a snapshot
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICreditLedger.SnapshotTaken(account, block.timestamp / EPOCH);
        snapshot(key);
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

    function testSnapshotNeedsTheAccountsOpening() public {
        refuseSnapshot(abi.encodeWithSelector(ICreditLedger.NothingInEffect.selector, account));
        enter(EMPLOYER, key, first);
        nextEpoch();
        ICreditLedger.Opening memory state = opening(account);
        state.latest = second;
        bytes memory expected =
            abi.encodeWithSelector(ICreditLedger.OpeningStale.selector, account);
        refuse(address(1), abi.encodeCall(ICreditLedger.snapshot, (key, state)), expected);
        refuse(address(1), abi.encodeCall(ICreditLedger.snapshot, (key, emptyOpening())), expected);
        // another key is another account
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        expected = abi.encodeWithSelector(
            ICreditLedger.OpeningStale.selector, ledger.accountOf(other)
        );
        refuse(
            address(1), abi.encodeCall(ICreditLedger.snapshot, (other, opening(account))), expected
        );
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
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ICreditLedger.EpochLengthInvalid.selector, bad[i])
            );
            new CreditLedger(LEDGER_ADMIN, bad[i], 978);
        }
        assertEq(new CreditLedger(LEDGER_ADMIN, 10 minutes, 978).epochLength(), 600, "shortest");
        assertEq(new CreditLedger(LEDGER_ADMIN, 30 days, 978).epochLength(), 30 days, "longest");
        assertEq(ledger.currency(), 978, "currency");
        assertEq(ledger.currentEpoch(), block.timestamp / EPOCH, "epoch");
    }

    function testAnAccountIsTheHashOfItsKey() public view {
        assertEq(account, uint256(keccak256(abi.encode(key.x, key.y))) >> 8, "account");
    }
}
