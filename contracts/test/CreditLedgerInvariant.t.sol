// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../src/CreditLedger.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {ElGamal} from "./support/ElGamal.sol";
import {LedgerHandler} from "./support/LedgerHandler.sol";

/// @dev The running ciphertext is the encryption of the sums, after any sequence of calls.
contract CreditLedgerInvariantTest is ElGamal {
    LedgerHandler private handler;
    CreditLedger private ledger;

    function setUp() public {
        handler = new LedgerHandler();
        ledger = handler.theLedger();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// forge-config: default.invariant.runs = 12
    function invariantTotalsAreTheSumsOfTheEntries() public view {
        checkEverything();
    }

    function testALongLifeKeepsTheTotals() public {
        uint256 read;
        for (uint256 i = 0; i < 400; ++i) {
            handler.step(uint256(keccak256(abi.encode("ledger", i))));
            if (i % 10 == 0) read += checkEverything();
        }
        assertTrue(handler.done() > 150, "entries and snapshots");
        assertTrue(read > 20, "totals in effect");
    }

    function checkEverything() private view returns (uint256 read) {
        for (uint256 borrower = 0; borrower < handler.people(); ++borrower) {
            ICreditLedger.Point memory key = handler.borrowerKey(borrower);
            checkTheLatestTotal(borrower, key);
            if (checkTheTotalInEffect(borrower, key)) read += 1;
        }
    }

    /// @dev The digest is that of the totals which the entries in clear give.
    function checkTheLatestTotal(uint256 borrower, ICreditLedger.Point memory key) private view {
        (uint256 amounts, uint256 randomness, uint256 entries) = handler.currentSums(borrower);
        uint256 account = ledger.accountOf(key);
        ICreditLedger.Opening memory opening = handler.openingFor(account);
        assertEq(opening.entries, entries, "entries");
        assertSame(opening.latest, encrypted(key, amounts, randomness), "latest");
        bytes26 digest = ledger.headOf(account).digest;
        bytes26 expected = entries == 0 ? bytes26(0) : bytes26(keccak256(abi.encode(opening)));
        assertTrue(digest == expected, "digest");
    }

    /// @dev What a gate reads is the encryption of what is in effect, or refused.
    function checkTheTotalInEffect(uint256 borrower, ICreditLedger.Point memory key)
        private
        view
        returns (bool ok)
    {
        bytes memory answer;
        (ok, answer) = address(ledger).staticcall(
            abi.encodeCall(ICreditLedger.inEffect, (ledger.accountOf(key)))
        );
        if (!ok) {
            assertTrue(bytes4(answer) == ICreditLedger.NoSnapshot.selector, "reason");
            return false;
        }
        (uint256 amounts, uint256 randomness) = handler.sums(borrower);
        (ICreditLedger.Point memory stored, ICreditLedger.Ciphertext memory total) =
            abi.decode(answer, (ICreditLedger.Point, ICreditLedger.Ciphertext));
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(key)), "key");
        assertSame(total, encrypted(key, amounts, randomness), "in effect");
    }
}
