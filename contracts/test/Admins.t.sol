// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {CreditLedger} from "../src/CreditLedger.sol";
import {EntryVerifier} from "./support/EntryVerifier.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev The admin of market, ledger and bureau changes in two steps, and never by mistake.
contract AdminsTest is MarketFixture {
    bytes32 private constant ADMIN_ROLE = 0;
    address private constant NEXT = address(0xAE);

    IAccessControlDefaultAdminRules[] private systems;
    bytes32[] private roles;

    function setUp() public {
        deployMarket();
        CreditLedger ledger = new CreditLedger(new EntryVerifier(), ADMIN, 1 days, 978);
        systems.push(IAccessControlDefaultAdminRules(address(market)));
        roles.push(market.OPERATOR_ROLE());
        systems.push(IAccessControlDefaultAdminRules(address(ledger)));
        roles.push(ledger.ISSUER_ROLE());
        systems.push(IAccessControlDefaultAdminRules(address(bureau)));
        // it has no other role; one without a holder does nothing
        roles.push(keccak256("nothing"));
    }

    function holds(uint256 i, bytes32 role, address account) private view returns (bool) {
        return IAccessControl(address(systems[i])).hasRole(role, account);
    }

    function grant(uint256 i, address by, bytes32 role, address to) private {
        vm.prank(by);
        IAccessControl(address(systems[i])).grantRole(role, to);
    }

    function expectUnauthorised(address account) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, account, ADMIN_ROLE
            )
        );
    }

    function expectDelay(uint48 schedule) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector,
                schedule
            )
        );
    }

    function expectInvalid(address account) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector, account
            )
        );
    }

    function testTheNextAdminAcceptsMoreThanADayLater() public {
        uint48 schedule = uint48(block.timestamp + 1 days);
        for (uint256 i = 0; i < systems.length; ++i) {
            IAccessControlDefaultAdminRules system = systems[i];
            assertEq(system.defaultAdminDelay(), 1 days, "delay");
            vm.prank(ADMIN);
            system.beginDefaultAdminTransfer(NEXT);
            (address pending, uint48 from) = system.pendingDefaultAdmin();
            assertEq(pending, NEXT, "pending");
            assertEq(from, schedule, "schedule");
        }
        vm.warp(schedule);
        for (uint256 i = 0; i < systems.length; ++i) {
            expectDelay(schedule);
            vm.prank(NEXT);
            systems[i].acceptDefaultAdminTransfer();
        }
        vm.warp(schedule + 1);
        for (uint256 i = 0; i < systems.length; ++i) {
            expectInvalid(OTHER);
            vm.prank(OTHER);
            systems[i].acceptDefaultAdminTransfer();
            assertTrue(holds(i, ADMIN_ROLE, ADMIN), "the old one acts until then");
            vm.prank(NEXT);
            systems[i].acceptDefaultAdminTransfer();
            assertTrue(holds(i, ADMIN_ROLE, NEXT), "new");
            assertTrue(!holds(i, ADMIN_ROLE, ADMIN), "old");
            assertEq(systems[i].defaultAdmin(), NEXT, "one admin");
            grant(i, NEXT, roles[i], OTHER);
            assertTrue(holds(i, roles[i], OTHER), "granted");
            expectUnauthorised(ADMIN);
            grant(i, ADMIN, roles[i], OTHER);
        }
    }

    function testAWrongAddressIsTakenBack() public {
        for (uint256 i = 0; i < systems.length; ++i) {
            vm.prank(ADMIN);
            systems[i].beginDefaultAdminTransfer(OTHER);
            vm.prank(ADMIN);
            systems[i].cancelDefaultAdminTransfer();
        }
        vm.warp(block.timestamp + 2 days);
        for (uint256 i = 0; i < systems.length; ++i) {
            expectInvalid(OTHER);
            vm.prank(OTHER);
            systems[i].acceptDefaultAdminTransfer();
            assertEq(systems[i].defaultAdmin(), ADMIN, "admin");
        }
    }

    function testTheAdminRoleMovesInNoOtherWay() public {
        bytes memory rules = abi.encodeWithSelector(
            IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminRules.selector
        );
        for (uint256 i = 0; i < systems.length; ++i) {
            IAccessControl system = IAccessControl(address(systems[i]));
            vm.expectRevert(rules);
            grant(i, ADMIN, ADMIN_ROLE, NEXT);
            vm.expectRevert(rules);
            vm.prank(ADMIN);
            system.revokeRole(ADMIN_ROLE, ADMIN);
            expectDelay(0);
            vm.prank(ADMIN);
            system.renounceRole(ADMIN_ROLE, ADMIN);
            expectUnauthorised(OTHER);
            vm.prank(OTHER);
            systems[i].beginDefaultAdminTransfer(OTHER);
        }
    }
}
