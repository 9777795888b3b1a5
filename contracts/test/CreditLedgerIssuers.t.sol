// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {LedgerAccountFixture} from "./support/LedgerAccountFixture.sol";

/// @dev Who enters what, and how much of it.
contract CreditLedgerIssuersTest is LedgerAccountFixture {
    // --- who may -----------------------------------------------------------------------------

    /// @dev Enc(delta) by anybody: income from nowhere.
    function testAStrangerAddsNothing() public {
        enter(EMPLOYER, key, first);
        refuse(address(7), callFor(address(7), key, second), notAnIssuer(address(7)));
        refuse(address(7), callFor(EMPLOYER, key, second), notAnIssuer(address(7)));
        refuse(LEDGER_ADMIN, callFor(LEDGER_ADMIN, key, first), notAnIssuer(LEDGER_ADMIN));
        ICreditLedger.Submission[] memory list = new ICreditLedger.Submission[](1);
        list[0] = submission(address(7), key, second);
        bytes memory data = abi.encodeCall(ICreditLedger.addEntries, (list));
        refuse(address(7), data, notAnIssuer(address(7)));
    }

    /// @dev Taking a debt out by "replacing" what another issuer wrote.
    function testNobodyReplacesAnotherIssuersEntry() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        ICreditLedger.Ciphertext memory mine = encrypted(key, 1, 99);
        for (uint256 i = 0; i < 2; ++i) {
            address issuer = i == 0 ? EMPLOYER : CARRIER; // one with an entry, one without
            bytes memory expected =
                abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, issuer);
            refuse(issuer, callFor(BANK, key, mine), expected);
        }
    }

    function testDebtsDoNotVanishWithTheirIssuer() public {
        enter(EMPLOYER, key, first);
        enter(BANK, key, second);
        dismiss(BANK);
        refuse(BANK, callFor(BANK, key, encrypted(key, 0, 9)), notAnIssuer(BANK));
        nextEpoch();
        snapshot(key);
        assertSame(inEffect(account), plus(first, second), "still there");
        accept(BANK);
        enter(BANK, key, encrypted(key, 0, 9)); // and is replaced, not added to
        assertEq(ledger.headOf(account).others, 1, "two issuers");
    }

    function testASuccessorIsNamedForADismissedIssuerOnly() public {
        bytes memory data = abi.encodeCall(ICreditLedger.nameSuccessor, (BANK, CARRIER));
        refuse(
            LEDGER_ADMIN,
            data,
            abi.encodeWithSelector(ICreditLedger.IssuerNotDismissed.selector, BANK)
        );
        dismiss(BANK);
        refuse(
            CARRIER,
            data,
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector,
                CARRIER,
                ledger.DEFAULT_ADMIN_ROLE()
            )
        );
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICreditLedger.SuccessorNamed(BANK, CARRIER);
        vm.prank(LEDGER_ADMIN);
        ledger.nameSuccessor(BANK, CARRIER);
        assertEq(ledger.successorOf(BANK), CARRIER, "successor");
    }

    function testASuccessorWritesWhileItIsAcceptedAndTheOtherIsNot() public {
        enter(BANK, key, second);
        dismiss(BANK);
        vm.prank(LEDGER_ADMIN);
        ledger.nameSuccessor(BANK, CARRIER);
        bytes memory data = callFor(BANK, key, first);
        refuse(
            EMPLOYER,
            data,
            abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, EMPLOYER)
        );
        dismiss(CARRIER);
        refuse(CARRIER, data, notAnIssuer(CARRIER));
        accept(CARRIER);
        accept(BANK);
        refuse(
            CARRIER,
            data,
            abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, CARRIER)
        );
        dismiss(BANK);
        vm.prank(CARRIER);
        (bool ok,) = address(ledger).call(data);
        assertTrue(ok, "in its place");
    }

    /// @dev A successor would have two entries in an account where the other had none.
    function testASuccessorEntersNothingNew() public {
        enter(CARRIER, key, first);
        dismiss(BANK);
        vm.prank(LEDGER_ADMIN);
        ledger.nameSuccessor(BANK, CARRIER);
        bytes memory expected =
            abi.encodeWithSelector(ICreditLedger.NotInPlaceOf.selector, BANK, CARRIER);
        refuse(CARRIER, callFor(BANK, key, second), expected);
    }

    // --- how much ----------------------------------------------------------------------------

    function testAnAccountTakesTheEntriesOf256Issuers() public {
        for (uint256 i = 0; i <= 256; ++i) {
            address issuer = address(uint160(0x15500 + i));
            accept(issuer);
            if (i < 256) enter(issuer, key, first);
        }
        refuse(
            address(0x15600),
            callFor(address(0x15600), key, first),
            abi.encodeWithSelector(ICreditLedger.AccountFull.selector, account)
        );
        enter(address(0x15500), key, second); // a replacement still fits
        assertEq(ledger.headOf(account).others, 255, "issuers");
        nextEpoch();
        snapshot(key); // and all of it can still be summed
        assertTrue(inEffect(account).c1.x != 0, "sum");
    }

    function testAnIssuerMakesEightEntriesInAnEpoch() public {
        for (uint256 i = 0; i < 8; ++i) {
            enter(BANK, key, encrypted(key, i, 100 + i));
        }
        refuse(
            BANK,
            callFor(BANK, key, first),
            abi.encodeWithSelector(ICreditLedger.EntriesTooMany.selector, account, BANK)
        );
        enter(EMPLOYER, key, first);
        ICreditLedger.Point memory other = keyOf(SECRET + 1);
        enter(BANK, other, encrypted(other, 3, 4));
        nextEpoch();
        enter(BANK, key, second);
        snapshot(key);
        assertSame(inEffect(account), plus(first, encrypted(key, 7, 107)), "the eighth");
    }

    function testAnEnvelopeHasFrom1To1024Bytes() public {
        ICreditLedger.Submission memory s = submission(BANK, key, first);
        uint256[2] memory bad = [uint256(0), 1025];
        for (uint256 i = 0; i < 2; ++i) {
            s.envelope = new bytes(bad[i]);
            refuse(
                BANK,
                abi.encodeCall(ICreditLedger.addEntry, (s)),
                abi.encodeWithSelector(ICreditLedger.EnvelopeLengthInvalid.selector, bad[i])
            );
        }
        s.envelope = new bytes(1024);
        vm.prank(BANK);
        ledger.addEntry(s);
    }
}
