// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../src/CreditLedger.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {ElGamal} from "./support/ElGamal.sol";
import {LedgerHandler} from "./support/LedgerHandler.sol";

/// @dev What a gate reads is the encryption of the sums, after any sequence of calls.
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
            ICreditLedger.Head memory head =
                ledger.headOf(ledger.accountOf(handler.borrowerKey(borrower)));
            uint256 issuers = handler.issuerCount(borrower);
            assertEq(head.issuers == 0 ? 0 : uint256(head.others) + 1, issuers, "issuers");
            if (checkTheTotalInEffect(borrower, false)) read += 1;
            if (checkTheTotalInEffect(borrower, true)) read += 1;
        }
    }

    /// @dev What a gate reads is the encryption of what is in effect, or refused.
    function checkTheTotalInEffect(uint256 borrower, bool byName) private view returns (bool ok) {
        ICreditLedger.Point memory key = handler.borrowerKey(borrower);
        bytes26 issuers = byName ? ledger.issuersOf(handler.named()) : bytes26(0);
        bytes memory answer;
        (ok, answer) = address(ledger).staticcall(
            abi.encodeCall(ICreditLedger.inEffect, (ledger.accountOf(key), issuers))
        );
        if (!ok) {
            assertTrue(bytes4(answer) == ICreditLedger.NoSnapshot.selector, "reason");
            return false;
        }
        (uint256 amounts, uint256 randomness) = handler.sums(borrower, byName);
        (ICreditLedger.Point memory stored, ICreditLedger.Ciphertext memory total) =
            abi.decode(answer, (ICreditLedger.Point, ICreditLedger.Ciphertext));
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(key)), "key");
        assertSame(total, encrypted(key, amounts, randomness), "in effect");
    }
}
