// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules as Admins
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {CreditLedger} from "../../src/CreditLedger.sol";
import {EntryVerifier} from "./EntryVerifier.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @title Everything that changes the admin of a market, of a ledger and of a bureau
/// @dev The handler knows who is the admin, who is to be, from when, and by which delay.
contract AdminHandler is MarketFixture {
    uint256 private constant PEOPLE = 4;
    uint256 public constant SYSTEMS = 3;

    /// @dev What the rules say of one contract.
    struct Model {
        address admin;
        address next;
        uint256 from; // 0 if nobody is to be the admin
        uint256 delay;
        uint256 nextDelay;
        uint256 delayFrom; // 0 if no change is pending
    }

    Admins[SYSTEMS] private _systems;
    Model[SYSTEMS] private _models;
    uint256 public done;

    constructor() {
        deployMarket();
        _systems[0] = Admins(address(market));
        CreditLedger ledger = new CreditLedger(new EntryVerifier(), ADMIN, 1 days, 978);
        _systems[1] = Admins(address(ledger));
        _systems[2] = Admins(address(bureau));
        for (uint256 i = 0; i < SYSTEMS; ++i) {
            (_models[i].admin, _models[i].delay) = (ADMIN, 1 days);
        }
    }

    /// @dev The admin of the beginning and three others.
    function someone(uint256 seed) public pure returns (address) {
        return address(uint160(uint160(ADMIN) + seed % PEOPLE));
    }

    function tried(uint256 i, address by, bytes memory data, bool may) private returns (bool ok) {
        bytes memory answer;
        vm.prank(by);
        (ok, answer) = address(_systems[i]).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "who may");
        if (ok) done += 1;
    }

    /// @dev The delay that counts now.
    function delayOf(uint256 i) public view returns (uint256) {
        Model storage m = _models[i];
        bool changed = m.delayFrom != 0 && m.delayFrom < block.timestamp;
        return changed ? m.nextDelay : m.delay;
    }

    function beginDefaultAdminTransfer(uint256 which, uint256 by, uint256 to) external {
        uint256 i = which % SYSTEMS;
        bool may = someone(by) == _models[i].admin;
        bytes memory data = abi.encodeCall(Admins.beginDefaultAdminTransfer, (someone(to)));
        if (!tried(i, someone(by), data, may)) return;
        _models[i].next = someone(to);
        _models[i].from = block.timestamp + delayOf(i);
    }

    function cancelDefaultAdminTransfer(uint256 which, uint256 by) external {
        uint256 i = which % SYSTEMS;
        bool may = someone(by) == _models[i].admin;
        bytes memory data = abi.encodeCall(Admins.cancelDefaultAdminTransfer, ());
        if (tried(i, someone(by), data, may)) (_models[i].next, _models[i].from) = (address(0), 0);
    }

    function acceptDefaultAdminTransfer(uint256 which, uint256 by) external {
        uint256 i = which % SYSTEMS;
        Model storage m = _models[i];
        bool may = m.from != 0 && m.from < block.timestamp && someone(by) == m.next;
        bytes memory data = abi.encodeCall(Admins.acceptDefaultAdminTransfer, ());
        if (!tried(i, someone(by), data, may)) return;
        (m.admin, m.next, m.from) = (m.next, address(0), 0);
    }

    function changeDefaultAdminDelay(uint256 which, uint256 by, uint48 delay) external {
        uint256 i = which % SYSTEMS;
        delay = delay % 10 days;
        uint256 present = delayOf(i);
        bool may = someone(by) == _models[i].admin;
        bytes memory data = abi.encodeCall(Admins.changeDefaultAdminDelay, (delay));
        if (!tried(i, someone(by), data, may)) return;
        uint256 wait = delay < 5 days ? delay : 5 days;
        if (delay <= present) wait = present - delay;
        (_models[i].delay, _models[i].nextDelay) = (present, delay);
        _models[i].delayFrom = block.timestamp + wait;
    }

    function rollbackDefaultAdminDelay(uint256 which, uint256 by) external {
        uint256 i = which % SYSTEMS;
        uint256 present = delayOf(i);
        bool may = someone(by) == _models[i].admin;
        bytes memory data = abi.encodeCall(Admins.rollbackDefaultAdminDelay, ());
        if (tried(i, someone(by), data, may)) {
            (_models[i].delay, _models[i].delayFrom) = (present, 0);
        }
    }

    /// @dev The role itself moves by no other call.
    function grantRole(uint256 which, uint256 by, uint256 to) external {
        bytes memory data = abi.encodeCall(IAccessControl.grantRole, (0, someone(to)));
        tried(which % SYSTEMS, someone(by), data, false);
    }

    function revokeRole(uint256 which, uint256 by, uint256 to) external {
        bytes memory data = abi.encodeCall(IAccessControl.revokeRole, (0, someone(to)));
        tried(which % SYSTEMS, someone(by), data, false);
    }

    /// @dev Nobody gives up what another has, or the last admin's role; what is not held is given up
    ///      without an effect.
    function renounceRole(uint256 which, uint256 by, uint256 to) external {
        address account = someone(by);
        bool may = account == someone(to) && account != _models[which % SYSTEMS].admin;
        bytes memory data = abi.encodeCall(IAccessControl.renounceRole, (0, someone(to)));
        tried(which % SYSTEMS, account, data, may);
    }

    function passTime(uint32 delta) external {
        vm.warp(block.timestamp + delta % 2 days);
    }

    // --- views for the invariants ---------------------------------------------------------------

    function systemAt(uint256 i) external view returns (Admins) {
        return _systems[i];
    }

    function adminOf(uint256 i) external view returns (address) {
        return _models[i].admin;
    }
}
