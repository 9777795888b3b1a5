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

    function attempt(uint256 who, uint256 issuerSeed, uint40 amount, bool wantNew) private {
        uint256 borrower = who % BORROWERS;
        address issuer = issuerOf(issuerSeed);
        bool isNew = _current[borrower][issuer].randomness == 0;
        if (isNew != wantNew) return;
        _fresh += 1;
        Plain memory plain = Plain({amounts: amount, randomness: _fresh * 7919});
        ICreditLedger.Point memory key = borrowerKey(borrower);
        ICreditLedger.Ciphertext memory entry =
            encrypted(key, plain.amounts, plain.randomness);
        (bool ok, bytes memory answer) = tryToEnter(issuer, key, entry);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(
            ok == ledger.hasRole(ledger.ISSUER_ROLE(), issuer), "issuers and nobody else enter"
        );
        if (!ok) return;
        done += 1;
        uint256 epoch = block.timestamp / EPOCH;
        if (_changed[borrower][issuer] < epoch) {
            _effective[borrower][issuer] = _current[borrower][issuer];
            _changed[borrower][issuer] = epoch;
        }
        _current[borrower][issuer] = plain;
    }

    // --- CreditLedger ---------------------------------------------------------------------------

    function addEntry(uint256 borrower, uint256 issuer, uint40 amount) external {
        attempt(borrower, issuer, amount, true);
    }

    function replaceEntry(uint256 borrower, uint256 issuer, uint40 amount) external {
        attempt(borrower, issuer, amount, false);
    }

    function snapshot(uint256 borrower) external {
        ICreditLedger.Point memory key = borrowerKey(borrower);
        (bool ok, bytes memory answer) = address(ledger).call(
            abi.encodeCall(ICreditLedger.snapshot, (key, opening(ledger.accountOf(key))))
        );
        (, uint256 randomness) = sums(borrower % BORROWERS);
        assertTrue(ok == (randomness > 0), "whatever is in effect can be written out");
        assertTrue(ok || bytes4(answer) == ICreditLedger.NothingInEffect.selector, "reason");
        if (ok) done += 1;
    }

    function grantRole() external {
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(LEDGER_ADMIN);
        ledger.grantRole(role, issuerOf(3));
    }

    function revokeRole() external {
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(LEDGER_ADMIN);
        ledger.revokeRole(role, issuerOf(3));
    }

    function renounceRole() external {
        bytes32 role = ledger.ISSUER_ROLE();
        vm.prank(issuerOf(3));
        ledger.renounceRole(role, issuerOf(3));
    }

    function passTime(uint32 delta) external {
        vm.warp(block.timestamp + delta % (EPOCH / 2));
    }

    /// @dev One of the above, so that sequences get somewhere.
    function step(uint256 seed) external {
        uint256 a = seed >> 8;
        uint256 b = seed >> 72;
        uint256 choice = seed % 16;
        if (choice < 3) this.addEntry(a, b, uint40(seed >> 136));
        else if (choice < 10) this.replaceEntry(a, b, uint40(seed >> 136));
        else if (choice < 12) this.snapshot(a);
        else if (choice < 14) this.grantRole();
        else if (choice == 14) this.revokeRole();
        else this.passTime(uint32(b));
    }

    // --- views for the invariants ---------------------------------------------------------------

    function theLedger() external view returns (CreditLedger) {
        return ledger;
    }

    function people() external pure returns (uint256) {
        return BORROWERS;
    }

    function openingFor(uint256 account) external view returns (ICreditLedger.Opening memory) {
        return opening(account);
    }

    /// @dev Amounts and randomness of all entries in effect.
    function sums(uint256 borrower)
        public
        view
        returns (uint256 amounts, uint256 randomness)
    {
        for (uint256 i = 0; i < ISSUERS; ++i) {
            address issuer = issuerOf(i);
            bool changed = _changed[borrower][issuer] == block.timestamp / EPOCH;
            Plain memory plain =
                changed ? _effective[borrower][issuer] : _current[borrower][issuer];
            amounts += plain.amounts;
            randomness += plain.randomness;
        }
    }

    /// @dev Amounts, randomness and number of all entries.
    function currentSums(uint256 borrower)
        external
        view
        returns (uint256 amounts, uint256 randomness, uint256 entries)
    {
        for (uint256 i = 0; i < ISSUERS; ++i) {
            Plain memory plain = _current[borrower][issuerOf(i)];
            amounts += plain.amounts;
            randomness += plain.randomness;
            if (plain.randomness > 0) entries += 1;
        }
    }
}
