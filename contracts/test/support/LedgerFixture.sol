// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../../src/CreditLedger.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {ElGamal} from "./ElGamal.sol";
import {EntryVerifier} from "./EntryVerifier.sol";

/// @title A ledger with three issuers, and what the events of its accounts say
/// @dev The fixture follows each account from the calls that succeeded, as a client does from the
///      events: an entry needs nothing of it, a snapshot needs the parts.
abstract contract LedgerFixture is ElGamal {
    struct Made {
        uint256 epoch;
        ICreditLedger.Ciphertext entry;
    }

    uint256 internal constant EPOCH = 1 days;
    uint256 internal constant MIDNIGHT = 1_900_022_400; // when an epoch begins
    uint256 internal constant SECRET = 0x5ec7e7;
    address internal constant LEDGER_ADMIN = address(0xAD);
    address internal constant EMPLOYER = address(0xE1);
    address internal constant BANK = address(0xE2);
    address internal constant CARRIER = address(0xE3);
    bytes internal constant ENVELOPE = "hpke";
    bytes26 internal constant EVERYBODY = 0;

    CreditLedger internal ledger;
    mapping(uint256 account => address[]) internal issuersIn;
    mapping(uint256 account => mapping(address issuer => Made[])) internal made;

    function deployLedger() internal {
        deployLedger(new EntryVerifier());
    }

    function deployLedger(IGroth16Verifier verifier_) internal {
        vm.warp(MIDNIGHT);
        ledger = new CreditLedger(verifier_, LEDGER_ADMIN, EPOCH, 978);
        accept(EMPLOYER);
        accept(BANK);
        accept(CARRIER);
    }

    function accept(address issuer) internal {
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(LEDGER_ADMIN);
        ledger.grantRole(role, issuer);
    }

    function dismiss(address issuer) internal {
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(LEDGER_ADMIN);
        ledger.revokeRole(role, issuer);
    }

    function keyOf(uint256 secret) internal view returns (ICreditLedger.Point memory) {
        return times(secret, base8());
    }

    /// @dev The public inputs of the proof of an issuer's next entry but `later`.
    function inputsFor(
        address issuer,
        ICreditLedger.Point memory key,
        ICreditLedger.Ciphertext memory entry,
        uint256 later
    ) internal view returns (uint256[] memory x) {
        uint256 account = ledger.accountOf(key);
        uint256 count = ledger.slotOf(account, issuer).count + later;
        x = new uint256[](7);
        x[0] = uint256(
            keccak256(abi.encode(block.chainid, address(ledger), account, issuer, count))
        ) >> 8;
        (x[1], x[2]) = (key.x, key.y);
        (x[3], x[4], x[5], x[6]) = (entry.c1.x, entry.c1.y, entry.c2.x, entry.c2.y);
    }

    /// @dev A proof that the ledger's verifier accepts for these inputs.
    function entryProof(uint256[] memory inputs)
        internal
        view
        virtual
        returns (uint256[8] memory proof)
    {
        proof[0] = uint256(keccak256(abi.encodePacked(inputs)));
    }

    function submission(
        address issuer,
        ICreditLedger.Point memory key,
        ICreditLedger.Ciphertext memory entry
    ) internal view returns (ICreditLedger.Submission memory s) {
        s.key = key;
        s.issuer = issuer;
        s.entry = entry;
        s.proof = entryProof(inputsFor(issuer, key, entry, 0));
        s.envelope = ENVELOPE;
    }

    function callFor(
        address issuer,
        ICreditLedger.Point memory key,
        ICreditLedger.Ciphertext memory entry
    ) internal view returns (bytes memory) {
        return abi.encodeCall(ICreditLedger.addEntry, (submission(issuer, key, entry)));
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
        internal
    {
        if (made[account][issuer].length == 0) issuersIn[account].push(issuer);
        made[account][issuer].push(Made(block.timestamp / EPOCH, entry));
    }

    // --- sums -----------------------------------------------------------------------------------

    function linked(bytes25 chain, uint256 epoch, bytes32 digest) internal pure returns (bytes25) {
        return bytes25(keccak256(abi.encode(chain, epoch, digest)));
    }

    /// @dev What an issuer's part of a sum is now.
    function partOf(uint256 account, address issuer)
        internal
        view
        returns (ICreditLedger.Part memory part)
    {
        Made[] storage list = made[account][issuer];
        uint256 epoch = block.timestamp / EPOCH;
        uint256 settled;
        while (settled < list.length && list[settled].epoch < epoch) ++settled;
        part.issuer = issuer;
        for (uint256 i = 0; i + 1 < settled; ++i) {
            bytes32 digest = keccak256(abi.encode(list[i].entry));
            part.before = linked(part.before, list[i].epoch, digest);
        }
        if (settled > 0) {
            part.epoch = uint24(list[settled - 1].epoch);
            part.entry = list[settled - 1].entry;
        }
        part.pending = new bytes32[](list.length - settled);
        for (uint256 i = settled; i < list.length; ++i) {
            part.pending[i - settled] = keccak256(abi.encode(list[i].entry));
        }
    }

    function partsOf(uint256 account, address[] memory list)
        internal
        view
        returns (ICreditLedger.Part[] memory parts)
    {
        parts = new ICreditLedger.Part[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            parts[i] = partOf(account, list[i]);
        }
    }

    function partsOf(uint256 account) internal view returns (ICreditLedger.Part[] memory) {
        return partsOf(account, issuersIn[account]);
    }

    function snapshot(ICreditLedger.Point memory key) internal {
        ledger.snapshot(key, EVERYBODY, partsOf(ledger.accountOf(key)));
    }

    /// @dev Writes out the sum of these issuers' entries and returns the list's hash.
    function snapshot(ICreditLedger.Point memory key, address[] memory list)
        internal
        returns (bytes26 issuers)
    {
        issuers = ledger.issuersOf(list);
        ledger.snapshot(key, issuers, partsOf(ledger.accountOf(key), list));
    }

    function nextEpoch() internal {
        vm.warp((block.timestamp / EPOCH + 1) * EPOCH);
    }

    function inEffect(uint256 account) internal view returns (ICreditLedger.Ciphertext memory) {
        return inEffect(account, EVERYBODY);
    }

    function inEffect(uint256 account, bytes26 issuers)
        internal
        view
        returns (ICreditLedger.Ciphertext memory c)
    {
        (, c) = ledger.inEffect(account, issuers);
    }
}
