// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {FloorTimelock} from "../../src/treasury/FloorTimelock.sol";
import {TestBase} from "./TestBase.sol";

/// @dev Counts the calls of each number; only the timelock may make them.
contract Marker is TestBase {
    address private immutable caller;
    mapping(uint256 number => uint256) public marks;
    bool public newLoansPaused;

    constructor(address caller_) {
        caller = caller_;
    }

    function mark(uint256 number) external {
        assertEq(msg.sender, caller, "only by the timelock");
        marks[number] += 1;
    }

    /// @dev As a market, whose operator is the timelock.
    function setNewLoansPaused(bool paused) external {
        assertEq(msg.sender, caller, "only by the timelock");
        newLoansPaused = paused;
    }
}

/// @title A proposer, a guardian, an executor and a stranger at a timelock
/// @dev The handler knows what was announced, from when it may be done, and the present delay.
contract TimelockHandler is TestBase {
    address public constant PROPOSER = address(0xA1);
    address public constant GUARDIAN = address(0xA2);
    address public constant EXECUTOR = address(0xA3);
    address public constant STRANGER = address(0xA4);
    uint256 public constant NUMBERS = 6;

    FloorTimelock public timelock;
    mapping(uint256 number => uint256) public from; // 0 if it was not announced
    mapping(uint256 number => bool) public carriedOut;
    Marker private immutable _marker;
    uint256 public delay = 2 days;
    uint256 public done;

    constructor() {
        vm.warp(1_900_000_000);
        address[] memory proposers = new address[](1);
        address[] memory executors = new address[](1);
        (proposers[0], executors[0]) = (PROPOSER, EXECUTOR);
        timelock = new FloorTimelock(delay, proposers, executors, GUARDIAN);
        _marker = new Marker(address(timelock));
    }

    function marks(uint256 number) external view returns (uint256) {
        return _marker.marks(number);
    }

    function actor(uint256 seed) private pure returns (address) {
        return [PROPOSER, GUARDIAN, EXECUTOR, STRANGER][seed % 4];
    }

    function tried(address by, bytes memory data, bool may) private returns (bool ok) {
        bytes memory answer;
        vm.prank(by);
        (ok, answer) = address(timelock).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "who may, and when");
        if (ok) done += 1;
    }

    // Even numbers are single calls, odd ones batches of one call; the last two change the delay.

    function inner(uint256 number) private view returns (address target, bytes memory data) {
        if (number < NUMBERS - 2) return (address(_marker), abi.encodeCall(Marker.mark, (number)));
        uint256 next = number == NUMBERS - 2 ? 1 days : 1 days - 1;
        return (address(timelock), abi.encodeCall(timelock.updateDelay, (next)));
    }

    function batch(uint256 number)
        private
        view
        returns (address[] memory targets, uint256[] memory values, bytes[] memory datas)
    {
        (targets, values, datas) = (new address[](1), new uint256[](1), new bytes[](1));
        (targets[0], datas[0]) = inner(number);
    }

    function idOf(uint256 number) public view returns (bytes32) {
        (address target, bytes memory data) = inner(number);
        if (number % 2 == 0) return timelock.hashOperation(target, 0, data, 0, 0);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) =
            batch(number);
        return timelock.hashOperationBatch(targets, values, datas, 0, 0);
    }

    function announce(uint256 seed, uint256 number, uint256 wait_, bytes memory data) private {
        address by = actor(seed);
        bool may =
            by == PROPOSER && from[number] == 0 && !carriedOut[number] && wait_ >= delay;
        if (tried(by, data, may)) from[number] = block.timestamp + wait_;
    }

    function schedule(uint256 seed, uint256 wait_) external {
        uint256 number = 2 * ((seed >> 8) % (NUMBERS / 2));
        wait_ = clamp(wait_, 0, 1) + (seed % 3 == 0 ? delay - 1 : delay);
        (address target, bytes memory data) = inner(number);
        announce(
            seed,
            number,
            wait_,
            abi.encodeCall(timelock.schedule, (target, 0, data, 0, 0, wait_))
        );
    }

    function scheduleBatch(uint256 seed, uint256 wait_) external {
        uint256 number = 1 + 2 * ((seed >> 8) % (NUMBERS / 2));
        wait_ = clamp(wait_, 0, 1) + (seed % 3 == 0 ? delay - 1 : delay);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) =
            batch(number);
        announce(
            seed,
            number,
            wait_,
            abi.encodeCall(timelock.scheduleBatch, (targets, values, datas, 0, 0, wait_))
        );
    }

    function carry(uint256 seed, uint256 number, bytes memory data) private {
        address by = seed % 3 == 0 ? actor(seed >> 16) : EXECUTOR;
        bool may = by == EXECUTOR && from[number] != 0 && from[number] <= block.timestamp
            && number != NUMBERS - 1; // a delay below the floor is refused
        if (!tried(by, data, may)) return;
        (from[number], carriedOut[number]) = (0, true);
        if (number == NUMBERS - 2) delay = 1 days;
    }

    function execute(uint256 seed) external {
        uint256 number = 2 * ((seed >> 8) % (NUMBERS / 2));
        (address target, bytes memory data) = inner(number);
        carry(seed, number, abi.encodeCall(timelock.execute, (target, 0, data, 0, 0)));
    }

    function executeBatch(uint256 seed) external {
        uint256 number = 1 + 2 * ((seed >> 8) % (NUMBERS / 2));
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) =
            batch(number);
        carry(
            seed,
            number,
            abi.encodeCall(timelock.executeBatch, (targets, values, datas, 0, 0))
        );
    }

    function cancel(uint256 seed) external {
        if (seed % 4 != 0) return;
        uint256 number = (seed >> 8) % NUMBERS;
        address by = actor(seed >> 16);
        bool may = (by == PROPOSER || by == GUARDIAN) && from[number] != 0;
        if (tried(by, abi.encodeCall(timelock.cancel, (idOf(number))), may)) from[number] = 0;
    }

    /// @dev Whoever may cancel pauses, and lets nothing go on.
    function pauseNewLoans(uint256 seed) external {
        address by = actor(seed);
        bool may = by == PROPOSER || by == GUARDIAN;
        bool before = _marker.newLoansPaused();
        ILoanMarket market = ILoanMarket(address(_marker));
        tried(by, abi.encodeCall(timelock.pauseNewLoans, (market)), may);
        assertTrue(_marker.newLoansPaused() == (may || before), "paused");
    }

    // --- what nobody may from outside -----------------------------------------------------------

    function updateDelay(uint256 seed) external {
        tried(actor(seed), abi.encodeCall(timelock.updateDelay, (seed)), false);
    }

    function grantRole(uint256 seed) external {
        bytes32 role = timelock.PROPOSER_ROLE();
        tried(actor(seed), abi.encodeCall(timelock.grantRole, (role, STRANGER)), false);
    }

    function revokeRole(uint256 seed) external {
        bytes32 role = timelock.CANCELLER_ROLE();
        tried(actor(seed), abi.encodeCall(timelock.revokeRole, (role, GUARDIAN)), false);
    }

    function renounceRole(uint256 seed) external {
        bytes32 role = timelock.EXECUTOR_ROLE();
        address by = actor(seed);
        bytes memory data = abi.encodeCall(timelock.renounceRole, (role, STRANGER));
        tried(by, data, by == STRANGER); // who has nothing gives nothing up
    }

    // --- what it is sent -------------------------------------------------------------------------

    function onERC721Received(uint256 seed) external {
        tried(
            actor(seed),
            abi.encodeCall(timelock.onERC721Received, (PROPOSER, PROPOSER, seed, "")),
            true
        );
    }

    function onERC1155Received(uint256 seed) external {
        tried(
            actor(seed),
            abi.encodeCall(timelock.onERC1155Received, (PROPOSER, PROPOSER, seed, 1, "")),
            true
        );
    }

    function onERC1155BatchReceived(uint256 seed) external {
        uint256[] memory none = new uint256[](0);
        tried(
            actor(seed),
            abi.encodeCall(
                timelock.onERC1155BatchReceived, (PROPOSER, PROPOSER, none, none, "")
            ),
            true
        );
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 1 days));
    }
}
