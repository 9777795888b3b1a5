// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {LedgerAccountFixture} from "./support/LedgerAccountFixture.sol";

/// @dev What a sum is made of: the parts that are shown, of the issuers that are named.
contract CreditLedgerSumsTest is LedgerAccountFixture {
    // --- parts of a sum ----------------------------------------------------------------------

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

    // --- the issuers that a product names ----------------------------------------------------

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
        bytes26 hash = bytes26(keccak256(abi.encode(long)));
        refuseSnapshot(hash, partsOf(account, long), issuersInvalid());
        address[] memory list = both(EMPLOYER, BANK);
        bytes26 issuers = bytes26(keccak256(abi.encode(list)));
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICreditLedger.IssuersNamed(issuers, list);
        assertEq(ledger.nameIssuers(list), issuers, "hash");
    }
}
