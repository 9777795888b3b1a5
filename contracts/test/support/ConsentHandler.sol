// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {LoanId} from "../../src/types/LoanId.sol";
import {ConsentFixture} from "./ConsentFixture.sol";
import {cheats} from "./MoreCheats.sol";

/// @title Two people who sign consents and revoke them, and two markets that carry them
/// @dev The handler knows which numbers are used, and which series each consent is of.
contract ConsentHandler is ConsentFixture {
    uint256 public constant PEOPLE = 2;
    uint256 public constant NUMBERS = 4;

    mapping(uint256 person => mapping(uint256 nonce => bool)) public used;
    mapping(uint256 person => mapping(uint256 nonce => uint256)) public taken;
    mapping(uint256 person => uint256) public series;
    // made before, and perhaps of an older series
    IConsents.Consent[] private _kept;
    uint256[] private _keptSeries;
    uint256 public done;

    function personAt(uint256 seed) public pure returns (address) {
        return cheats.addr(KEY + seed % PEOPLE);
    }

    /// @dev Numbers on both sides of a word's end.
    function nonceAt(uint256 seed) public pure returns (uint256) {
        return 254 + seed % NUMBERS;
    }

    function theConsents() external view returns (IConsents) {
        return consents;
    }

    function tried(address by, bytes memory data, bool may) private returns (bool ok) {
        bytes memory answer;
        vm.prank(by);
        (ok, answer) = address(consents).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "who may, and when");
        if (ok) done += 1;
    }

    function digest(uint256 deed, address signer, uint256 nonce, uint256 deadline)
        private
        view
        returns (bytes32)
    {
        if (deed == 0) return holidayDigest(address(0x3a), signer, 5, nonce, deadline);
        bytes32 kind = deed == 1
            ? keccak256(
                "Application(address market,address borrower,address product,uint256 principal,uint16 purpose,uint256 series,uint256 nonce,uint256 deadline)"
            )
            : keccak256(
                "Restructuring(address market,address signer,uint256 loanId,address product,uint256 limit,uint256 series,uint256 nonce,uint256 deadline)"
            );
        bytes memory words = deed == 1
            ? abi.encode(kind, address(0x3a), signer, address(1), uint256(2), uint256(3))
            : abi.encode(kind, address(0x3a), signer, uint256(5), address(1), uint256(2));
        return digestOf(
            bytes.concat(words, abi.encode(consents.seriesOf(signer), nonce, deadline))
        );
    }

    function carry(uint256 seed, bytes memory data, bool honest) private {
        uint256 person = seed % PEOPLE;
        uint256 nonce = nonceAt(seed >> 8);
        address market = honest ? address(0x3a) : address(0x3b);
        bool may = honest && !used[person][nonce];
        if (tried(market, data, may)) {
            used[person][nonce] = true;
            taken[person][nonce] += 1;
        }
    }

    function made(uint256 seed, uint256 deed) private view returns (IConsents.Consent memory) {
        uint256 key = KEY + seed % PEOPLE;
        uint256 nonce = nonceAt(seed >> 8);
        uint256 deadline = block.timestamp + 1 days;
        bytes32 hash = digest(deed, cheats.addr(key), nonce, deadline);
        return IConsents.Consent(cheats.addr(key), nonce, deadline, signed(key, hash));
    }

    function takeHoliday(uint256 seed, bool honest) external {
        bytes memory data = abi.encodeCall(consents.takeHoliday, (made(seed, 0), LoanId.wrap(5)));
        carry(seed, data, honest);
    }

    function takeApplication(uint256 seed, bool honest) external {
        bytes memory data =
            abi.encodeCall(consents.takeApplication, (made(seed, 1), address(1), 2, 3));
        carry(seed, data, honest);
    }

    function takeRestructuring(uint256 seed, bool honest) external {
        bytes memory data = abi.encodeCall(
            consents.takeRestructuring, (made(seed, 2), LoanId.wrap(5), address(1), 2)
        );
        carry(seed, data, honest);
    }

    /// @dev Signs a consent now that is carried later.
    function keep(uint256 seed) external {
        if (_kept.length > 8) return;
        _kept.push(made(seed, 0));
        _keptSeries.push(series[seed % PEOPLE]);
    }

    function carryKept(uint256 seed) external {
        if (_kept.length == 0) return;
        uint256 i = seed % _kept.length;
        IConsents.Consent memory consent = _kept[i];
        uint256 person = consent.signer == personAt(0) ? 0 : 1;
        bool may = !used[person][consent.nonce] && _keptSeries[i] == series[person]
            && block.timestamp <= consent.deadline;
        bytes memory data = abi.encodeCall(consents.takeHoliday, (consent, LoanId.wrap(5)));
        if (tried(address(0x3a), data, may)) {
            used[person][consent.nonce] = true;
            taken[person][consent.nonce] += 1;
        }
    }

    function revoke(uint256 seed) external {
        (uint256 person, uint256 nonce) = (seed % PEOPLE, nonceAt(seed >> 8));
        bytes memory data = abi.encodeCall(consents.revoke, (nonce));
        if (tried(personAt(person), data, !used[person][nonce])) used[person][nonce] = true;
    }

    function revokeAll(uint256 seed) external {
        if (seed % 4 != 0) return;
        uint256 person = (seed >> 8) % PEOPLE;
        if (tried(personAt(person), abi.encodeCall(consents.revokeAll, ()), true)) {
            series[person] += 1;
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 8 hours));
    }
}
