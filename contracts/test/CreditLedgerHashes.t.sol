// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {LedgerAccountFixture} from "./support/LedgerAccountFixture.sol";

/// @dev Hashes are whole, of the words that are documented, and of lists up to their limit.
///      None of two thousand wrong parts is taken: with chains of one byte, eight of them were.
contract CreditLedgerHashesTest is LedgerAccountFixture {
    uint256 private constant TRIES = 2_000;

    function testTheRoleIsTheDocumentedHash() public view {
        assertEq(ledger.ISSUER_ROLE(), keccak256("zkcredit.issuer"), "role");
    }

    function testASumMayBeOf256NamedIssuers() public {
        address[] memory most = new address[](256);
        for (uint160 i = 0; i < 256; ++i) {
            most[i] = address(uint160(BANK) + i);
        }
        enter(BANK, key, first);
        nextEpoch();
        assertSame(inEffect(account, snapshot(key, most)), first, "sum");
    }

    function testNoOtherIssuerIsTakenForTheOneThatEntered() public {
        enter(BANK, key, first);
        nextEpoch();
        ICreditLedger.Part[] memory parts = partsOf(account);
        for (uint256 i = 1; i <= TRIES; ++i) {
            parts[0].issuer = address(uint160(BANK) + uint160(i << 8));
            refuseSnapshot(EVERYBODY, parts, issuersInvalid());
        }
    }

    function testNoOtherEntryIsTakenForTheOneThatWasMade() public {
        enter(BANK, key, first);
        nextEpoch();
        ICreditLedger.Part[] memory parts = partsOf(account);
        uint256 x = parts[0].entry.c1.x;
        for (uint256 i = 1; i <= TRIES; ++i) {
            parts[0].entry.c1.x = x ^ i;
            refuseSnapshot(EVERYBODY, parts, partInvalid(BANK));
        }
    }
}
