// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignerGroup} from "../../src/interfaces/ISignerGroup.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {Treasury} from "../../src/treasury/Treasury.sol";
import {TreasuryFixture} from "./TreasuryFixture.sol";

/// @title Six people with keys, some of whom are signers, and everything that they can carry
/// @dev The handler knows who is a signer, how many must sign, which numbers are used, what was paid.
contract TreasuryHandler is TreasuryFixture {
    uint256 public constant PEOPLE = 6;
    uint256 public constant NUMBERS = 8;

    uint256 public signers = 7; // a bit for each person
    uint256 public threshold = 2;
    uint256 public paid;
    mapping(uint256 nonce => bool) public used;
    uint256 public done;
    bytes[PEOPLE] private _people;

    constructor() {
        deployTreasury();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _people[i] = signerOf(KEY + i);
        }
        token.mint(address(treasury), 100_000_000 - FUNDS);
    }

    function theTreasury() external view returns (Treasury) {
        return treasury;
    }

    function theToken() external view returns (TestToken) {
        return token;
    }

    function someSigner(uint256 person) external view returns (bytes memory) {
        return _people[person];
    }

    /// @dev Numbers on both sides of a word's end; mostly one that was not used, so that it goes on.
    function nonceAt(uint256 seed) public view returns (uint256 nonce) {
        nonce = 252 + seed % NUMBERS;
        for (uint256 i = 0; i < 400 && used[nonce] && seed % 4 != 0; ++i) {
            nonce += NUMBERS;
        }
    }

    function count(uint256 bits) private pure returns (uint256 n) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            n += (bits >> i) & 1;
        }
    }

    /// @dev Half of the time exactly the signers who are needed, otherwise anybody.
    function someone(uint256 seed) private view returns (uint256 who) {
        if (seed & 1 == 0) return (seed >> 1) % (1 << PEOPLE);
        for (uint256 i = 0; i < PEOPLE && count(who) < threshold; ++i) {
            uint256 person = (i + seed % PEOPLE) % PEOPLE;
            if ((signers >> person) & 1 == 1) who |= 1 << person;
        }
    }

    function enough(uint256 who) private view returns (bool) {
        return who & ~signers == 0 && count(who) >= threshold;
    }

    function tried(bytes memory data, uint256 nonce, bool may) private returns (bool ok) {
        bytes memory answer;
        (ok, answer) = address(treasury).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == (may && !used[nonce]), "who may, and when");
        if (!ok) return false;
        used[nonce] = true;
        done += 1;
    }

    function release(uint256 seed, uint256 amount, bool late) external {
        (uint256 who, uint256 nonce) = (someone(seed), nonceAt(seed >> 16));
        amount = clamp(amount, 0, 100);
        uint256 deadline = late ? block.timestamp - 1 : block.timestamp;
        bytes32 hash = releaseHash(address(token), PAYEE, amount, nonce, deadline);
        bytes memory data = abi.encodeCall(
            treasury.release,
            (address(token), PAYEE, amount, nonce, deadline, signedBy(who, messageDigest(hash)))
        );
        if (tried(data, nonce, enough(who) && !late)) paid += amount;
    }

    function cancel(uint256 seed) external {
        (uint256 who, uint256 nonce) = (someone(seed), nonceAt(seed >> 16));
        bytes32 digest = messageDigest(cancelHash(nonce));
        tried(
            abi.encodeCall(treasury.cancel, (nonce, signedBy(who, digest))), nonce, enough(who)
        );
    }

    function call(uint256 seed, address target, bytes memory data, bool may)
        private
        returns (bool)
    {
        (uint256 who, uint256 nonce) = (someone(seed), nonceAt(seed >> 16));
        return tried(executeBy(who, target, data, nonce), nonce, may && enough(who));
    }

    function execute(uint256 seed, uint256 amount) external {
        amount = clamp(amount, 0, 100);
        bytes memory data = abi.encodeCall(token.transfer, (PAYEE, amount));
        (uint256 who, uint256 nonce) = (someone(seed), nonceAt(seed >> 16));
        bytes memory message = executeBy(who, address(token), data, nonce);
        assertTrue(bytes4(message) == treasury.execute.selector, "selector");
        if (tried(message, nonce, enough(who))) paid += amount;
    }

    function addSigners(uint256 seed) external {
        uint256 person = (seed >> 8) % PEOPLE;
        bytes[] memory who = one(signerOf(KEY + person));
        bytes memory data = abi.encodeCall(treasury.addSigners, (who));
        bool may = (signers >> person) & 1 == 0;
        if (call(seed, address(treasury), data, may)) signers |= 1 << person;
        refused(data);
    }

    function removeSigners(uint256 seed) external {
        uint256 person = (seed >> 8) % PEOPLE;
        bytes[] memory who = one(signerOf(KEY + person));
        bytes memory data = abi.encodeCall(treasury.removeSigners, (who));
        bool may = (signers >> person) & 1 == 1 && count(signers) > threshold;
        if (call(seed, address(treasury), data, may)) signers &= ~(1 << person);
        refused(data);
    }

    function setThreshold(uint256 seed) external {
        uint64 number = uint64((seed >> 8) % (PEOPLE + 2));
        bytes memory data = abi.encodeCall(treasury.setThreshold, (number));
        bool may = number >= 2 && number <= count(signers);
        if (call(seed, address(treasury), data, may)) threshold = number;
        refused(data);
    }

    /// @dev What only the treasury may, nobody else does.
    function refused(bytes memory data) private {
        assertRefused(
            address(treasury),
            data,
            abi.encodeWithSelector(ISignerGroup.GovernorOnly.selector, address(this))
        );
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 8 hours));
    }
}
