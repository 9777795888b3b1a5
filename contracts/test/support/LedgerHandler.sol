// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../../src/CreditLedger.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

/// @title Everything that anybody can do to a ledger, with arguments that make sense
/// @dev One function per state-changing external function of CreditLedger (its name);
///      tests/contracts/test_handlers.py compares the lists. The handler keeps the amounts and
///      the randomness of every entry in clear, so that the invariants can encrypt the sums
///      themselves.
contract LedgerHandler is LedgerFixture {
    struct Plain {
        uint256 amounts;
        uint256 randomness;
    }

    uint256 private constant BORROWERS = 3;
    uint256 private constant ISSUERS = 4; // the fourth comes and goes
    address private constant GUEST = address(0xE4);

    uint256 public done;
    mapping(uint256 borrower => mapping(address issuer => Plain)) private _current;
    mapping(uint256 borrower => mapping(address issuer => Plain)) private _effective;
    mapping(uint256 borrower => mapping(address issuer => uint256)) private _changed;
    uint256 private _fresh = 1;

    ICreditLedger.Point[BORROWERS] private _keys;

    constructor() {
        deployLedger();
        for (uint256 i = 0; i < BORROWERS; ++i) {
            _keys[i] = keyOf(SECRET + i);
        }
    }

    function issuerOf(uint256 seed) public pure returns (address) {
        return address(uint160(0xE1 + seed % ISSUERS));
    }

    function borrowerKey(uint256 borrower) public view returns (ICreditLedger.Point memory) {
        return _keys[borrower % BORROWERS];
    }

    /// @dev The first and the third issuer, as a product could name them.
    function named() public pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (EMPLOYER, CARRIER);
    }

    function fresh(ICreditLedger.Point memory key, uint40 amount)
        private
        returns (Plain memory plain, ICreditLedger.Ciphertext memory entry)
    {
        _fresh += 1;
        plain = Plain({amounts: amount, randomness: _fresh * 7919});
        entry = encrypted(key, plain.amounts, plain.randomness);
    }

    function note(uint256 borrower, address issuer, Plain memory plain) private {
        done += 1;
        uint256 epoch = block.timestamp / EPOCH;
        if (_changed[borrower][issuer] < epoch) {
            _effective[borrower][issuer] = _current[borrower][issuer];
            _changed[borrower][issuer] = epoch;
        }
        _current[borrower][issuer] = plain;
    }

    /// @dev Whether the issuer has made its eight entries of this epoch.
    function isFull(uint256 account, address issuer) private view returns (bool) {
        ICreditLedger.Slot memory slot = ledger.slotOf(account, issuer);
        return slot.epoch == block.timestamp / EPOCH && slot.inEpoch == 8;
    }

    // --- CreditLedger ---------------------------------------------------------------------------

    function addEntry(uint256 who, uint256 issuerSeed, uint40 amount) external {
        uint256 borrower = who % BORROWERS;
        address issuer = issuerOf(issuerSeed);
        ICreditLedger.Point memory key = borrowerKey(borrower);
        bool full = isFull(ledger.accountOf(key), issuer);
        (Plain memory plain, ICreditLedger.Ciphertext memory entry) = fresh(key, amount);
        (bool ok, bytes memory answer) = tryToEnter(issuer, key, entry);
        assertTrue(ok || answer.length >= 4, "bare revert");
        bool may = ledger.hasRole(ledger.ISSUER_ROLE(), issuer);
        assertTrue(ok == (may && !full), "issuers and nobody else enter");
        if (ok) note(borrower, issuer, plain);
    }

    /// @dev Two entries of one issuer, in two accounts or twice in one.
    function addEntries(uint256 who, uint256 issuerSeed, uint40 amount, bool twice) external {
        address issuer = issuerOf(issuerSeed);
        ICreditLedger.Submission[] memory list = new ICreditLedger.Submission[](2);
        Plain[2] memory plain;
        uint256 one = who % BORROWERS;
        uint256[2] memory borrower = [one, (one + (twice ? 0 : 1)) % BORROWERS];
        for (uint256 i = 0; i < 2; ++i) {
            ICreditLedger.Point memory key = borrowerKey(borrower[i]);
            (plain[i], list[i].entry) = fresh(key, amount);
            (list[i].key, list[i].issuer, list[i].envelope) = (key, issuer, ENVELOPE);
            uint256[] memory x = inputsFor(issuer, key, list[i].entry, twice ? i : 0);
            list[i].proof = entryProof(x);
        }
        vm.prank(issuer);
        (bool ok, bytes memory answer) =
            address(ledger).call(abi.encodeCall(ICreditLedger.addEntries, (list)));
        assertTrue(ok || answer.length >= 4, "bare revert");
        if (!ok) return;
        for (uint256 i = 0; i < 2; ++i) {
            remember(ledger.accountOf(list[i].key), issuer, list[i].entry);
            note(borrower[i], issuer, plain[i]);
        }
    }

    function snapshot(uint256 borrower, bool byName) external {
        ICreditLedger.Point memory key = borrowerKey(borrower);
        uint256 account = ledger.accountOf(key);
        bytes26 issuers = byName ? ledger.issuersOf(named()) : EVERYBODY;
        address[] memory list = byName ? named() : issuersIn[account];
        (bool ok, bytes memory answer) = address(ledger).call(
            abi.encodeCall(ICreditLedger.snapshot, (key, issuers, partsOf(account, list)))
        );
        (, uint256 randomness) = sums(borrower % BORROWERS, byName);
        assertTrue(ok == (randomness > 0), "whatever is in effect can be written out");
        assertTrue(ok || bytes4(answer) == ICreditLedger.NothingInEffect.selector, "reason");
        if (ok) done += 1;
    }

    function nameIssuers() external {
        ledger.nameIssuers(named());
    }

    /// @dev The bank is to write in the guest's place, whenever the guest is dismissed.
    function nameSuccessor(uint256 who, uint40 amount) external {
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(LEDGER_ADMIN);
        (bool ok,) =
            address(ledger).call(abi.encodeCall(ICreditLedger.nameSuccessor, (GUEST, BANK)));
        assertTrue(!ok || !ledger.hasRole(role, GUEST), "only of a dismissed issuer");
        uint256 borrower = who % BORROWERS;
        ICreditLedger.Point memory key = borrowerKey(borrower);
        (Plain memory plain, ICreditLedger.Ciphertext memory entry) = fresh(key, amount);
        bytes memory data = callFor(GUEST, key, entry);
        uint256 account = ledger.accountOf(key);
        bool full = isFull(account, GUEST);
        vm.prank(BANK);
        bool entered;
        (entered,) = address(ledger).call(data);
        bool hasEntry = made[account][GUEST].length > 0;
        assertTrue(entered == (ok && hasEntry && !full), "a successor replaces");
        if (!entered) return;
        remember(account, GUEST, entry);
        note(borrower, GUEST, plain);
    }

    function grantRole() external {
        accept(GUEST);
    }

    function revokeRole() external {
        dismiss(GUEST);
    }

    function renounceRole() external {
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(GUEST);
        ledger.renounceRole(role, GUEST);
    }

    function passTime(uint32 delta) external {
        vm.warp(block.timestamp + delta % (EPOCH / 2));
    }

    /// @dev One of the above, so that sequences get somewhere.
    function step(uint256 seed) external {
        uint256 a = seed >> 8;
        uint256 b = seed >> 72;
        uint256 choice = seed % 16;
        if (choice < 6) this.addEntry(a, b, uint40(seed >> 136));
        else if (choice < 8) this.addEntries(a, b, uint40(seed >> 136), b % 2 == 0);
        else if (choice < 11) this.snapshot(a, b % 2 == 0);
        else if (choice == 11) this.nameSuccessor(a, uint40(seed >> 136));
        else if (choice == 12) this.grantRole();
        else if (choice == 13) this.revokeRole();
        else this.passTime(uint32(b));
    }

    // --- views for the invariants ---------------------------------------------------------------

    function theLedger() external view returns (CreditLedger) {
        return ledger;
    }

    function people() external pure returns (uint256) {
        return BORROWERS;
    }

    /// @dev Amounts and randomness of all entries in effect, or of those whom {named} names.
    function sums(uint256 borrower, bool byName)
        public
        view
        returns (uint256 amounts, uint256 randomness)
    {
        for (uint256 i = 0; i < ISSUERS; ++i) {
            address issuer = issuerOf(i);
            if (byName && issuer != EMPLOYER && issuer != CARRIER) continue;
            bool changed = _changed[borrower][issuer] == block.timestamp / EPOCH;
            Plain memory plain =
                changed ? _effective[borrower][issuer] : _current[borrower][issuer];
            amounts += plain.amounts;
            randomness += plain.randomness;
        }
    }

    /// @dev Number of issuers that have an entry.
    function issuerCount(uint256 borrower) external view returns (uint256 count) {
        for (uint256 i = 0; i < ISSUERS; ++i) {
            if (_current[borrower][issuerOf(i)].randomness > 0) count += 1;
        }
    }
}
