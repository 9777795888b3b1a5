// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {LedgerAccountFixture} from "./support/LedgerAccountFixture.sol";

/// @dev From when an entry counts, and how long a sum holds.
contract CreditLedgerEpochsTest is LedgerAccountFixture {
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

    function testEachEpochHasItsOwnEightEntries() public {
        bytes memory tooMany =
            abi.encodeWithSelector(ICreditLedger.EntriesTooMany.selector, account, BANK);
        for (uint256 round = 0; round < 2; ++round) {
            for (uint256 i = 0; i < 8; ++i) {
                enter(BANK, key, encrypted(key, i, 100 + i));
            }
            refuse(BANK, callFor(BANK, key, first), tooMany);
            nextEpoch();
        }
    }

    function testSeveralNewIssuersInOneEpochLeaveTheSumReadable() public {
        enter(EMPLOYER, key, first);
        nextEpoch();
        snapshot(key);
        enter(BANK, key, second);
        enter(CARRIER, key, second);
        assertSame(inEffect(account), first, "until the next epoch");
        nextEpoch();
        refuseReading();
    }
}
