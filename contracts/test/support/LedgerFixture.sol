// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../../src/CreditLedger.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {ElGamal} from "./ElGamal.sol";

/// @title A ledger with three issuers, and what they have to remember to use it
/// @dev `openingOf` follows each account from the calls that succeeded, as a client does from
///      the events.
abstract contract LedgerFixture is ElGamal {
    uint256 internal constant EPOCH = 1 days;
    uint256 internal constant MIDNIGHT = 1_900_022_400; // when an epoch begins
    uint256 internal constant SECRET = 0x5ec7e7;
    address internal constant LEDGER_ADMIN = address(0xAD);
    address internal constant EMPLOYER = address(0xE1);
    address internal constant BANK = address(0xE2);
    address internal constant CARRIER = address(0xE3);
    bytes internal constant ENVELOPE = "hpke";

    CreditLedger internal ledger;
    mapping(uint256 account => ICreditLedger.Opening) internal openingOf;
    mapping(uint256 account => mapping(address => ICreditLedger.Ciphertext)) internal entryOf;
    mapping(uint256 account => uint256) private _lastEpoch;

    function deployLedger() internal {
        vm.warp(MIDNIGHT);
        ledger = new CreditLedger(LEDGER_ADMIN, EPOCH, 978);
        bytes32 role = ledger.ISSUER_ROLE();
        vm.startPrank(LEDGER_ADMIN);
        ledger.grantRole(role, EMPLOYER);
        ledger.grantRole(role, BANK);
        ledger.grantRole(role, CARRIER);
        vm.stopPrank();
    }

    function keyOf(uint256 secret) internal view returns (ICreditLedger.Point memory) {
        return times(secret, base8());
    }

    function opening(uint256 account) internal view returns (ICreditLedger.Opening memory) {
        return openingOf[account].entries == 0 ? emptyOpening() : openingOf[account];
    }

    /// @dev The caller's arguments for the entry that comes next.
    function callFor(
        address issuer,
        ICreditLedger.Point memory key,
        ICreditLedger.Ciphertext memory entry
    ) internal view returns (bytes memory) {
        uint256 account = ledger.accountOf(key);
        ICreditLedger.Opening memory state = opening(account);
        ICreditLedger.Ciphertext memory sum = plus(state.latest, entry);
        ICreditLedger.Ciphertext memory previous = entryOf[account][issuer];
        if (previous.c1.y == 0) {
            return abi.encodeCall(ICreditLedger.addEntry, (key, entry, state, sum, ENVELOPE));
        }
        sum = minus(sum, previous);
        return abi.encodeCall(
            ICreditLedger.replaceEntry, (key, previous, entry, state, sum, ENVELOPE)
        );
    }

    function enter(
        address issuer,
        ICreditLedger.Point memory key,
        ICreditLedger.Ciphertext memory entry
    ) internal {
        (bool ok,) = tryToEnter(issuer, key, entry);
        assertTrue(ok, "entry");
    }

    function tryToEnter(
        address issuer,
        ICreditLedger.Point memory key,
        ICreditLedger.Ciphertext memory entry
    ) internal returns (bool ok, bytes memory answer) {
        bytes memory data = callFor(issuer, key, entry);
        vm.prank(issuer);
        (ok, answer) = address(ledger).call(data);
        if (ok) remember(ledger.accountOf(key), issuer, entry);
    }

    function remember(uint256 account, address issuer, ICreditLedger.Ciphertext memory entry)
        private
    {
        ICreditLedger.Opening memory state = opening(account);
        ICreditLedger.Ciphertext memory previous = entryOf[account][issuer];
        uint256 epoch = block.timestamp / EPOCH;
        if (_lastEpoch[account] != epoch) state.base = state.latest;
        state.latest = plus(state.latest, entry);
        if (previous.c1.y == 0) state.entries += 1;
        else state.latest = minus(state.latest, previous);
        _lastEpoch[account] = epoch;
        openingOf[account] = state;
        entryOf[account][issuer] = entry;
    }

    function snapshot(ICreditLedger.Point memory key) internal {
        ledger.snapshot(key, opening(ledger.accountOf(key)));
    }

    function nextEpoch() internal {
        vm.warp((block.timestamp / EPOCH + 1) * EPOCH);
    }

    function inEffect(uint256 account) internal view returns (ICreditLedger.Ciphertext memory c) {
        (, c) = ledger.inEffect(account);
    }
}
