// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRelay} from "../../src/interfaces/IRelay.sol";
import {Relay} from "../../src/market/Relay.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {cheats} from "./MoreCheats.sol";
import {PermitToken} from "./PermitToken.sol";

/// @title People who pay through a relay, with permits, allowances, or neither
contract RelayHandler is MarketFixture {
    uint256 private constant PEOPLE = 3;
    Relay public relay;
    PermitToken public permitted;
    uint256 public done;

    constructor() {
        deployMarket();
        relay = new Relay(market);
        permitted = new PermitToken();
        product = published(headerOf(address(permitted)), monthly("LLLLLLR"));
        for (uint256 i = 0; i < PEOPLE; ++i) {
            permitted.mint(person(i), 1e13);
            applyAs(person(i), product, PRINCIPAL, 1 + i);
        }
    }

    function person(uint256 seed) public pure returns (address) {
        return cheats.addr(0xA11 + seed % PEOPLE);
    }

    function loanBy(uint256 seed) private pure returns (LoanId) {
        return LoanId.wrap(1 + seed % PEOPLE);
    }

    function setCharging(bool charging) external {
        permitted.setCharging(charging);
    }

    function approve(uint256 who, uint256 amount) external {
        vm.prank(person(who));
        permitted.approve(address(relay), amount % 50_000 * UNIT);
    }

    function permitOf(uint256 who, uint256 amount, bool right)
        private
        view
        returns (IRelay.Permit memory p)
    {
        p.owner = person(who);
        p.deadline = block.timestamp + 600;
        bytes32 kind = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        uint256 nonce = permitted.nonces(p.owner);
        bytes32 data =
            keccak256(abi.encode(kind, p.owner, relay, amount * UNIT, nonce, p.deadline));
        bytes32 digest =
            keccak256(abi.encodePacked(hex"1901", permitted.DOMAIN_SEPARATOR(), data));
        (p.v, p.r, p.s) = vm.sign(right ? 0xA11 + who % PEOPLE : 1, digest);
    }

    function sent(address by, bytes memory data) private returns (bool ok) {
        bytes memory answer;
        vm.prank(by);
        (ok, answer) = address(relay).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        if (ok) done += 1;
    }

    function repayWithPermit(uint256 who, uint256 which, uint256 by, uint256 amount) external {
        amount = clamp(amount, 1, 30_000);
        LoanId loanId = loanBy(which);
        IRelay.Permit memory p = permitOf(who, amount, amount % 4 != 0);
        address borrower = borrowerOf(loanId);
        bool ok = sent(
            person(by), abi.encodeCall(relay.repayWithPermit, (loanId, borrower, amount, p))
        );
        bool may = p.owner == person(by) || p.owner == borrower;
        assertTrue(!ok || may, "a stranger paid another's loan");
    }

    function fundWithPermit(uint256 who, uint256 which, uint256 by, uint256 amount) external {
        amount = clamp(amount, 1, 60_000);
        LoanId loanId = loanBy(which);
        IRelay.Permit memory p = permitOf(who, amount, amount % 4 != 0);
        address borrower = borrowerOf(loanId);
        bool ok = sent(
            person(by),
            abi.encodeCall(relay.fundWithPermit, (loanId, borrower, product, amount, p))
        );
        assertTrue(!ok || p.owner == person(by), "funded with another's money");
    }
}
