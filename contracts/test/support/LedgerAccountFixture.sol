// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

/// @title A ledger, one borrower's account with two entries to make, and what the ledger refuses
abstract contract LedgerAccountFixture is LedgerFixture {
    ICreditLedger.Point internal key;
    uint256 internal account;
    ICreditLedger.Ciphertext internal first;
    ICreditLedger.Ciphertext internal second;

    function setUp() public {
        deployLedger();
        key = keyOf(SECRET);
        account = ledger.accountOf(key);
        first = encrypted(key, 5 + (300_000 << 48), 1111);
        second = encrypted(key, 7 + (40_000 << 144), 2222);
    }

    function refuse(address sender, bytes memory data, bytes memory expected) internal {
        vm.prank(sender);
        (bool ok, bytes memory answer) = address(ledger).call(data);
        assertReverted(ok, answer, expected);
    }

    function refuseSnapshot(
        bytes26 issuers,
        ICreditLedger.Part[] memory parts,
        bytes memory expected
    ) internal {
        bytes memory data = abi.encodeCall(ICreditLedger.snapshot, (key, issuers, parts));
        refuse(address(1), data, expected);
    }

    function refuseSnapshot(bytes memory expected) internal {
        refuseSnapshot(EVERYBODY, partsOf(account), expected);
    }

    function noSnapshot() internal view returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.NoSnapshot.selector, account);
    }

    function nothing() internal view returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.NothingInEffect.selector, account);
    }

    function issuersInvalid() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.IssuersInvalid.selector);
    }

    function partInvalid(address issuer) internal view returns (bytes memory) {
        return abi.encodeWithSelector(ICreditLedger.PartInvalid.selector, account, issuer);
    }

    function proofInvalid() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
    }

    function notAnIssuer(address who) internal view returns (bytes memory) {
        return abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, who, ledger.ISSUER_ROLE()
        );
    }

    function refuseReading() internal view {
        refuseReading(EVERYBODY);
    }

    function refuseReading(bytes26 issuers) internal view {
        (bool ok, bytes memory answer) =
            address(ledger).staticcall(abi.encodeCall(ICreditLedger.inEffect, (account, issuers)));
        assertReverted(ok, answer, noSnapshot());
    }

    function only(address a) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = a;
    }

    function both(address a, address b) internal pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (a, b);
    }
}
